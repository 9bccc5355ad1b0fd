"""Makes the picture files of every odd kind in test/fixtures/encoder/pictures, from one of the workshop's photos."""

import struct
from pathlib import Path

import numpy
from PIL import Image

root = Path(__file__).parents[2]
folder = root / 'test/fixtures/encoder/pictures'


def main():
    folder.mkdir(parents=True, exist_ok=True)
    photo = Image.open(root / 'photos/rainbow-parrot.jpg').convert('RGB').resize((301, 226), Image.LANCZOS)
    columns = numpy.mgrid[:226, :301][1]
    shade = Image.fromarray(numpy.clip(columns * 2 - 120, 0, 255).astype(numpy.uint8))

    def save(image, name, **options):
        image.save(folder / name, **options)

    jpeg = dict(quality=80)
    save(photo, 'baseline.jpg', **jpeg)
    save(photo, 'progressive.jpg', **jpeg, progressive=True)
    save(photo, 'no-subsampling.jpg', **jpeg, subsampling=0)
    save(photo.convert('L'), 'grey.jpg', **jpeg)
    save(photo.convert('CMYK'), 'cmyk.jpg', **jpeg)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(photo, f'exif-{orientation}.jpg', quality=60, exif=exif)

    transparent = photo.copy()
    transparent.putalpha(shade)
    grey_transparent = photo.convert('L').convert('LA')
    grey_transparent.putalpha(shade)
    palette = photo.quantize(64)
    save(transparent.resize((230, 226)), 'transparent.png')
    save(transparent, 'transparent.webp', **jpeg)
    save(grey_transparent.resize((150, 113)), 'grey-transparent.png')
    save(palette, 'palette.png')
    save(palette.resize((150, 113)), 'palette-transparent.png', transparency=0)
    save(photo.convert('1'), 'black-and-white.png')
    grey16 = numpy.asarray(photo.convert('L').resize((150, 113))).astype(numpy.uint16) * 257
    save(Image.fromarray(grey16), 'grey-16-bit.png')
    save(photo.resize((241, 226)), 'rgb.png')
    save(photo, 'lossy.webp', **jpeg)
    save(photo.resize((226, 225)), 'lossless.webp', lossless=True)
    save(photo, 'photo.avif', **jpeg)
    frames = [photo.quantize(32).resize((150, 113)), photo.rotate(180).quantize(32).resize((150, 113))]
    save(frames[0], 'animated.gif', save_all=True, append_images=frames[1:], duration=100, loop=0)
    save(photo, 'animated.webp', save_all=True, append_images=[photo.rotate(180)], duration=100, **jpeg)
    save(photo, 'display-p3.jpg', **jpeg, icc_profile=display_p3())

    save(Image.new('RGB', (1, 1), (200, 30, 60)), '1x1.png')
    save(photo.resize((1, 40)), '1x40.png')
    save(photo.resize((20, 15)), '20x15.png')
    save(photo.resize((8000, 200)), 'panorama-8000x200.jpg', quality=30)
    save(photo.resize((200, 3000)), 'column-200x3000.jpg', quality=30)
    save(photo.resize((4000, 3000), Image.BICUBIC), '12-megapixels.jpg', quality=20)
    grain = numpy.random.default_rng(1).normal(0, 40, (928, 960, 1))
    grainy = numpy.clip(numpy.asarray(photo.resize((960, 928))) + grain, 0, 255).astype(numpy.uint8)
    save(Image.fromarray(grainy), 'grainy-960x928.jpg', quality=35)


def display_p3():
    """A profile with the primaries of Display P3, which phones give their photos, and sRGB's curve as a plain gamma."""

    def fixed(value):
        return struct.pack('>i', round(value * 65536))

    def xyz(*values):
        return b'XYZ ' + bytes(4) + b''.join(map(fixed, values))

    text = b'Display P3'
    description = b'desc' + bytes(4) + struct.pack('>I', len(text) + 1) + text + bytes(1 + 8 + 3 + 67)
    curve = b'curv' + bytes(4) + struct.pack('>IH', 1, round(2.2 * 256)) + bytes(2)
    tags = {
        b'desc': description + bytes(-len(description) % 4), b'cprt': b'text' + bytes(4) + b'CC0\0',
        b'wtpt': xyz(0.96420, 1.0, 0.82491),
        b'rXYZ': xyz(0.51512, 0.24120, -0.00105), b'gXYZ': xyz(0.29198, 0.69225, 0.04189), b'bXYZ': xyz(0.15710, 0.06657, 0.78407),
        b'rTRC': curve, b'gTRC': curve, b'bTRC': curve,
    }
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack('>I', len(tags)), b''
    for name, value in tags.items():
        table += name + struct.pack('>II', offset + len(data), len(value))
        data += value
    header = struct.pack('>I4sI4s4s4s', 128 + len(table) + len(data), b'\0\0\0\0', 0x02100000, b'mntr', b'RGB ', b'XYZ ')
    header += bytes(12) + b'acsp' + bytes(28) + fixed(0.96420) + fixed(1.0) + fixed(0.82491)
    return (header + bytes(128 - len(header))) + table + data


if __name__ == '__main__':
    main()
