"""Preparation of photos as `openai/CLIP` does it with PIL: what lib/pixels.ts is held against."""

import numpy
from PIL import Image, ImageOps


def resize_and_crop(image, size=224, resample=Image.BICUBIC):
    """Bytes [size, size, 3]: Resize, CenterCrop and convert('RGB') of clip.py's _transform, without torchvision."""
    width, height = image.size
    if width <= height:
        resized = size, int(size * height / width)
    else:
        resized = int(size * width / height), size
    image = image.resize(resized, resample)
    left, top = int(round((resized[0] - size) / 2)), int(round((resized[1] - size) / 2))
    return numpy.asarray(image.crop((left, top, left + size, top + size)).convert('RGB'))


def as_we_choose(image):
    """The picture turned upright, in 8 bits, on white and in RGB: our choices for odd files, made with PIL."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith('I;16'):
        image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
    if image.mode in ('RGBA', 'LA', 'PA') or 'transparency' in image.info:
        image = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image).convert('RGB')
    return image.convert('RGB')
