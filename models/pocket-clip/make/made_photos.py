"""Photos made for what packages hold too few of: a photo as it would look in black and white, in fog, with a rainbow ...

Each recipe takes an opened photo and a random generator, and returns a photo of the same size.
"""

import base64
import re

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from packages import PARTS

LONGEST_SIDE = 480


def black_and_white(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.autocontrast(ImageOps.grayscale(photo), cutoff=1).convert("RGB")


def fog(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """Koschmieder's law (1924): I t + A (1 - t), t = exp(-density * distance); the distance grows up to the horizon."""
    pixels = np.asarray(photo.filter(ImageFilter.GaussianBlur(1)), np.float32)
    height = len(pixels)
    horizon = random.uniform(0.3, 0.5) * height
    distance = np.clip((height - np.arange(height)) / (height - horizon), 0.15, 1)
    clearness = np.exp(-random.uniform(1.4, 2.4) * distance)[:, None, None]
    light = random.uniform(175, 225) * np.array([0.99, 1, 1.02])
    grey = 0.6 * pixels + 0.4 * pixels.mean(axis=2, keepdims=True)
    return _image(grey * clearness + light * (1 - clearness))


def rainbow(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """An arc about a point below the picture's middle: violet inside, red outside, added to what lies behind."""
    pixels = np.asarray(photo, np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    middle, low = random.uniform(0.1, 0.9) * width, random.uniform(0.75, 1.1) * height
    radius, band = random.uniform(0.5, 0.85) * width, random.uniform(0.035, 0.07) * width
    across = (np.hypot(x - middle, y - low) - radius) / band  # 0 inside, 1 outside
    centres, spread = np.array([0.8, 0.48, 0.18]), 0.22  # where red, green and blue are brightest
    light = np.exp(-(((across[..., None] - centres) / spread) ** 2))
    fading = np.clip((low - y) / (0.25 * height), 0, 1)[..., None]
    return _image(pixels * (1 - 0.25 * fading * light.max(axis=2, keepdims=True)) + random.uniform(70, 130) * fading * light)


def drops(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """Drops on a pane: the photo out of focus, and in each drop, as a lens shows it, small and upside down."""
    made = photo.filter(ImageFilter.GaussianBlur(random.uniform(4, 9)))
    upside_down = ImageOps.mirror(ImageOps.flip(photo))
    for _ in range(int(random.integers(60, 180))):
        size = int(np.clip(random.pareto(1.6) * 8 + 7, 7, 64))
        width, height = size, int(size * random.uniform(0.9, 1.35))
        lens = upside_down.resize((width, height), Image.BICUBIC)
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        far = np.hypot(x, y)
        shade = (1.15 - 0.55 * far**3 + 0.25 * y)[..., None]  # dark rim, light from below
        glint = 220 * np.exp(-((x + 0.35) ** 2 + (y + 0.45) ** 2) / 0.03)[..., None]
        drop = _image(np.asarray(lens, np.float32) * shade + glint)
        mask = _image(np.repeat(np.clip((1 - far) * size / 2, 0, 1)[..., None] * 255, 3, axis=2)).convert("L")
        at = int(random.integers(-width // 2, made.width)), int(random.integers(-height // 2, made.height))
        made.paste(drop, at, mask)
    return made


def starry_sky(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """The sky is taken out and stars are put in: brightness by a power law, a milky band; the ground lies in the dark."""
    pixels = np.asarray(photo, np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    angle, through = random.uniform(0, np.pi), (random.uniform(0.2, 0.8) * width, random.uniform(0, 0.5) * height)
    off = ((x - through[0]) * np.sin(angle) - (y - through[1]) * np.cos(angle)) / (0.14 * width)
    clouds = Image.fromarray(random.integers(0, 255, (12, 16), np.uint8)).resize((width, height), Image.BICUBIC)
    band = np.exp(-(off**2)) * (0.4 + np.asarray(clouds, np.float32) / 255)
    tint = np.array([random.uniform(10, 40), random.uniform(16, 45), random.uniform(36, 85)])
    sky = tint * (1 + 0.8 * (y / height)[..., None]) + random.uniform(20, 70) * band[..., None] * np.array([0.9, 0.85, 1])
    points = np.zeros((height, width), np.float32)
    count = int(random.integers(500, 1600))
    points[random.integers(0, height, count), random.integers(0, width, count)] = np.clip(random.pareto(1.1, count), 0, 12)
    stars = _image(points * 255 / 12 + 45 * (points > 0)).filter(ImageFilter.GaussianBlur(0.6))
    sky = sky + 2.5 * np.asarray(stars, np.float32)[..., None]
    is_sky = _sky(photo)[..., None]
    return _image(is_sky * sky + (1 - is_sky) * pixels * random.uniform(0.06, 0.2) * np.array([0.85, 0.9, 1.1]))


def silhouette(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """What stands before the sky becomes nearly black."""
    pixels = np.asarray(photo, np.float32)
    is_sky = _sky(photo)[..., None]
    return _image(is_sky * pixels + (1 - is_sky) * pixels * 0.06)


PALM = "172d6c64719037892141f766fe56b6214cf817d10811fb77da1695e2b31606e8"  # tuxpaint-stamps-default: a photo of a palm tree, cut out


def palm_trees(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    """One to three palm trees stand in the foreground, as bright as the photo is behind them."""
    palm = Image.open(PARTS / "photos" / PALM).convert("RGBA")
    palm = palm.crop(palm.getbbox())
    made = photo.copy()
    for _ in range(int(random.integers(1, 4))):
        height = int(made.height * random.uniform(0.5, 0.9))
        tree = palm.resize((int(palm.width * height / palm.height), height), Image.LANCZOS)
        tree = ImageOps.mirror(tree) if random.uniform() < 0.5 else tree
        x = int(random.uniform(0, 1) * made.width - tree.width / 2)
        y = int(made.height * random.uniform(0.85, 1) - height)
        behind = np.asarray(photo.crop((max(x, 0), y, x + tree.width, y + height)), np.float32).mean(axis=(0, 1))
        lit = np.asarray(tree.convert("RGB"), np.float32) * np.clip(behind / 150, 0.15, 1.2)
        made.paste(_image(lit), (x, y), tree.getchannel("A"))
    return made


def panorama_view(source: bytes, yaw: float) -> Image.Image:
    """What a camera (75 degrees wide) sees in a panorama of @pmndrs/assets: OpenEXR, in base64, in a module."""
    import io

    import OpenEXR  # only these rows need it

    data = base64.b64decode(re.search(rb"base64,([A-Za-z0-9+/=]+)", source)[1])
    with OpenEXR.File(io.BytesIO(data)) as file:
        light = file.channels()["RGB"].pixels.astype(np.float32)
    rows, columns = light.shape[:2]
    width, height = 320, 240
    half = np.tan(np.radians(75) / 2)
    right, up = np.meshgrid((np.arange(width) * 2 / width - 1) * half, (1 - np.arange(height) * 2 / height) * half * 0.75)
    longitude = np.arctan2(right, 1) + np.radians(yaw)
    latitude = np.arctan(up / np.hypot(right, 1))
    x = (longitude / (2 * np.pi) + 0.5) % 1 * columns - 0.5
    y = np.clip((0.5 - latitude / np.pi) * rows - 0.5, 0, rows - 2)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    dx, dy = (x - left)[..., None], (y - top)[..., None]
    at = lambda i, j: light[top + j, (left + i) % columns]
    seen = (at(0, 0) * (1 - dx) + at(1, 0) * dx) * (1 - dy) + (at(0, 1) * (1 - dx) + at(1, 1) * dx) * dy
    exposed = 0.25 * seen / np.median(light.mean(axis=2))
    return _image(np.clip(1.25 * exposed / (1 + exposed), 0, 1) ** (1 / 2.2) * 255)


RECIPES = {f.__name__: f for f in (black_and_white, fog, rainbow, drops, starry_sky, silhouette, palm_trees)}


def _sky(photo: Image.Image) -> np.ndarray:
    """[height, width], 1 where the sky is: all that can be reached from the upper edge through like colours."""
    smooth = photo.filter(ImageFilter.MedianFilter(5))
    mark = (255, 0, 254)
    for x in np.linspace(2, photo.width - 3, 9).astype(int):
        if smooth.getpixel((int(x), 2)) != mark:
            ImageDraw.floodfill(smooth, (int(x), 2), mark, thresh=70)
    reached = Image.fromarray(((np.asarray(smooth) == mark).all(axis=2) * 255).astype(np.uint8))
    return np.asarray(reached.filter(ImageFilter.GaussianBlur(0.8)), np.float32) / 255


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
