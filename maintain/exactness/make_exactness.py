"""Writes docs/exactness.md: how near our pixels and token ids are to Python's, measured now.

    .reference/bin/python maintain/exactness/make_exactness.py [FOLDER_OF_MORE_PHOTOS]

Its packages are those of maintain/reference/make_reference.py.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import open_clip
import PIL
import transformers
from PIL import Image

root = Path(__file__).parents[2]
sys.path.insert(0, str(root / 'maintain/reference'))
from pil_pixels import as_we_choose, resize_and_crop

encoder = root / 'test/fixtures/encoder'
Image.MAX_IMAGE_PIXELS = None

# Kind, file, what we do, why.
KINDS = [
    ('JPEG', 'baseline.jpg', 'as PIL', ''),
    ('JPEG, progressive', 'progressive.jpg', 'as PIL', ''),
    ('JPEG, 4:4:4', 'no-subsampling.jpg', 'as PIL', ''),
    ('12 megapixels', '12-megapixels.jpg', 'two exact steps: to 3 times the size, then to the size', 'one step of libvips would average whole pixels first'),
    ('large and grainy', 'grainy-960x928.jpg', 'the same', 'grain is where one step goes wrong: mean error 2.2'),
    ('panorama 8000x200', 'panorama-8000x200.jpg', "enlarged by PIL's own arithmetic (`lib/photo/enlarge.ts`)", 'libvips moves what it enlarges by half a pixel: mean error 4.1'),
    ('column 200x3000', 'column-200x3000.jpg', 'the same', ''),
    ('1x1', '1x1.png', 'the same', ''),
    ('1x40', '1x40.png', 'the same', ''),
    ('20x15', '20x15.png', 'the same', ''),
    ('greyscale', 'grey.jpg', 'the one value in all three colours, as PIL', ''),
    ('black and white, 1 bit', 'black-and-white.png', 'resized as greys', "PIL's `resize` makes dots of such a picture, not greys; told to make greys, it differs where overshoots are cut off"),
    ('16 bits', 'grey-16-bit.png', 'the upper 8 bits', "PIL's `convert('RGB')` turns all but the darkest white"),
    ('CMYK', 'cmyk.jpg', 'converted by a colour profile', 'as the print looks; PIL takes ink for the opposite of light'),
    ('colour profile (Display P3)', 'display-p3.jpg', 'profile not applied, as PIL', 'CLIP was trained this way, and Python does the same; applied, the mean error would be 4 here, and 6 for a photo from a phone'),
    *[(f'EXIF orientation {n}', f'exif-{n}.jpg', 'turned upright', 'openai/CLIP does not, but people do, before they look at a photo' if n == 1 else 'the same') for n in range(1, 9)],
    ('PNG', 'rgb.png', 'as PIL', ''),
    ('PNG, transparent', 'transparent.png', 'put on white before the resize', 'as a web page shows it; PIL drops the alpha and shows what was hidden'),
    ('PNG, grey and transparent', 'grey-transparent.png', 'the same', ''),
    ('PNG, palette', 'palette.png', 'colours first, then the resize', "PIL's `resize` of a palette takes the nearest pixel"),
    ('PNG, palette with a transparent colour', 'palette-transparent.png', 'both', ''),
    ('GIF, animated', 'animated.gif', 'first frame, as PIL', "its palette, see above"),
    ('WebP', 'lossy.webp', 'as PIL', ''),
    ('WebP, lossless', 'lossless.webp', 'as PIL', ''),
    ('WebP, transparent', 'transparent.webp', 'put on white', 'see PNG'),
    ('WebP, animated', 'animated.webp', 'first frame, as PIL', ''),
    ('AVIF', 'photo.avif', 'as PIL', 'the decoders differ in how they enlarge colour'),
]


def differences(pictures, reference):
    """Of our pixels to those of `reference(image)`: an array of bytes' distances for each picture."""
    with tempfile.NamedTemporaryFile() as out:
        tsx = root / 'node_modules/tsx/dist/cli.mjs'
        subprocess.run(['node', tsx, root / 'maintain/exactness/our-pixels.ts', out.name, *pictures], check=True)
        ours = numpy.fromfile(out.name, numpy.uint8).reshape(-1, 224, 224, 3).astype(int)
    return [[abs(own - ref(Image.open(file))) for ref in reference] for own, file in zip(ours, pictures)]


def figures(difference):
    return f'{difference.mean():.2f} / {numpy.percentile(difference, 99):.0f}'


def as_we_choose_in_pil(image):
    return resize_and_crop(as_we_choose(image))


def photos_line(name, files):
    found = [d for d, in differences(files, [as_we_choose_in_pil])]
    means = [d.mean() for d in found]
    p99s = [numpy.percentile(d, 99) for d in found]
    return f'| {name} | {len(files)} | {numpy.mean(means):.3f} | {max(means):.3f} | {max(p99s):.0f} |'


def pictures_table():
    files = [encoder / 'pictures' / file for _, file, _, _ in KINDS]
    lines = ['| kind | what we do | why | to PIL told the same | to openai/CLIP as it is |', '| --- | --- | --- | --- | --- |']
    for (kind, _, choice, why), (same, plain) in zip(KINDS, differences(files, [as_we_choose_in_pil, resize_and_crop])):
        lines.append(f'| {kind} | {choice} | {why} | {figures(same)} | {figures(plain)} |')
    return '\n'.join(lines)


def text_figures():
    kept = json.loads((encoder / 'texts.json').read_text())
    openai = open_clip.tokenizer.SimpleTokenizer()
    start, end = openai.sot_token_id, openai.eot_token_id
    differing = [
        text for text, ids in zip(kept['texts'], kept['ids']['clip'])
        if ([start, *openai.encode(text)][:76] + [end]) != ids
    ]
    return len(kept['texts']), differing


def main():
    photos = sorted((root / 'photos').glob('*.jpg'))
    lines = [photos_line("the workshop's photos, to 768 px", photos)]
    for folder in sys.argv[1:]:
        files = sorted(file for file in Path(folder).iterdir() if file.suffix.lower() in ('.jpg', '.jpeg'))
        lines.append(photos_line(f'other photos, to {max(max(Image.open(file).size) for file in files)} px', files))
    count, differing = text_figures()
    examples = ', '.join(f'`{text}`' for text in differing if text.isprintable() and 0 < len(text) < 30 and '`' not in text and '|' not in text)
    template = (Path(__file__).parent / 'template.txt').read_text()
    filled = template.format(
        photos='\n'.join(lines), pictures=pictures_table(), texts=count, differing=len(differing), examples=examples,
        pillow=PIL.__version__, transformers=transformers.__version__,
    )
    (root / 'docs/exactness.md').write_text(filled)
    subprocess.run(['node', root / 'node_modules/prettier/bin/prettier.cjs', '--write', root / 'docs/exactness.md'], check=True)


if __name__ == '__main__':
    main()
