"""Pictures drawn by rule: landscapes, close-ups, foliage, lights at night, patterns.

No photograph goes into the training, so the weights owe nobody a licence. A scene need not
look real: the model learns colour, light and layout only, so what counts is that these vary
as they do in photos: gradients, texture, shade, soft and hard edges, small bright things.

A *canvas* is a float32 array [SIZE, SIZE, 3] of sRGB values, nominally 0 to 255; values
outside that range are clipped when the picture is developed (see camera.py).
"""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 224
"""Side of a picture in pixels: the model's input size."""

# sRGB anchors that are jittered before use.
NATURAL_COLOURS = {
    "sky": [(90, 150, 230), (140, 190, 240), (40, 90, 180), (200, 220, 240)],
    "grass": [(70, 130, 40), (110, 160, 60), (40, 80, 30)],
    "leaves": [(50, 90, 30), (30, 60, 25), (90, 130, 50), (60, 100, 60)],
    "autumn": [(190, 90, 30), (210, 140, 40), (150, 50, 25), (120, 80, 35)],
    "sea": [(20, 80, 130), (30, 120, 150), (10, 50, 90), (60, 150, 180)],
    "sand": [(220, 195, 150), (200, 160, 110), (235, 215, 180)],
    "snow": [(245, 247, 250), (230, 236, 242), (215, 225, 235)],
    "night": [(8, 10, 25), (3, 3, 6), (15, 20, 45)],
    "dusk": [(250, 140, 50), (240, 90, 40), (255, 190, 90), (230, 110, 120)],
    "cloud": [(150, 152, 155), (190, 192, 195), (110, 112, 115)],
    "rock": [(120, 115, 110), (95, 92, 90), (150, 140, 130)],
    "earth": [(110, 75, 45), (80, 55, 35), (140, 100, 60)],
    "black": [(10, 8, 8), (20, 16, 18)],
}

SKY_AND_GROUND = [
    ("sky", "grass"), ("sky", "sea"), ("sky", "sand"), ("sky", "snow"), ("sky", "earth"), ("sky", "rock"),
    ("sky", "cloud"), ("sky", "autumn"), ("sky", "leaves"), ("dusk", "black"), ("dusk", "sea"), ("dusk", "night"),
    ("dusk", "earth"), ("night", "night"), ("night", "black"), ("night", "sea"), ("cloud", "cloud"),
    ("cloud", "snow"), ("cloud", "sea"), ("cloud", "grass"), ("cloud", "rock"), ("leaves", "grass"),
    ("leaves", "earth"), ("autumn", "earth"), ("sea", "sand"), ("snow", "snow"), ("grass", "grass"),
]  # fmt: skip

# Pixel coordinates from 0 at the top left to 1: DOWN is [SIZE, 1], ACROSS is [1, SIZE].
DOWN = np.linspace(0, 1, SIZE, dtype=np.float32)[:, None]
ACROSS = np.linspace(0, 1, SIZE, dtype=np.float32)[None, :]


def any_colour(rng):
    """A random sRGB colour [3], with strong and light colours somewhat more frequent; one in seven is a grey or white."""
    hue, saturation, value = rng.random(), rng.random() ** 0.7, rng.random() ** 0.6
    if rng.random() < 0.15:
        saturation, value = 0.05 * saturation, value**0.6
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value), np.float32) * 255


def natural_colour(rng, material):
    """A random sRGB colour [3] of a material of NATURAL_COLOURS."""
    anchors = NATURAL_COLOURS[material]
    return np.clip(np.array(anchors[rng.integers(len(anchors))]) + rng.normal(0, 12, 3), 0, 255)


def any_material(rng):
    """The name of a random material of NATURAL_COLOURS."""
    return list(NATURAL_COLOURS)[rng.integers(len(NATURAL_COLOURS))]


def fractal_noise(rng, octaves=4, cells=3, fall=1.6):
    """Smooth random values in [-1, 1], [SIZE, SIZE]: `octaves` layers, the first of `cells` cells."""
    total = np.zeros((SIZE, SIZE), np.float32)
    for octave in range(octaves):
        side = min(cells * 2**octave + 1, SIZE)
        grid = Image.fromarray(rng.random((side, side), dtype=np.float32) * 2 - 1)
        total += np.asarray(grid.resize((SIZE, SIZE), Image.BICUBIC)) / fall**octave
    return total / np.abs(total).max()


def blend(first, second, share):
    """first [.., 3] where share is 0, second [.., 3] where it is 1; share is [SIZE, SIZE] or broadcasts to it."""
    share = np.broadcast_to(share, (SIZE, SIZE))[..., None]
    return (first * (1 - share) + second * share).astype(np.float32)


def as_image(canvas):
    """The canvas as a PIL image, for drawing on."""
    return Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))


def as_canvas(image):
    """A PIL image as a canvas."""
    return np.asarray(image).astype(np.float32)


def glow(x, y, radius):
    """A soft round light at (x, y), all in units of the picture's side: [SIZE, SIZE] in [0, 1]."""
    return np.exp(-((ACROSS - x) ** 2 + (DOWN - y) ** 2) / radius**2)


def landscape(rng):
    """Sky, sun or moon, clouds, a few ridges that fade with distance, ground; often water that mirrors the sky."""
    if rng.random() < 0.75:
        sky, ground = SKY_AND_GROUND[rng.integers(len(SKY_AND_GROUND))]
        high, low, far, near = (natural_colour(rng, kind) for kind in (sky, sky, ground, ground))
    else:
        high, low, far, near = (any_colour(rng) for _ in range(4))
    horizon = rng.uniform(0.2, 0.85)
    canvas = blend(high, low, np.clip(DOWN / horizon, 0, 1))
    if rng.random() < 0.55:
        clouds = np.clip(fractal_noise(rng, 5, int(rng.integers(2, 6))) + rng.uniform(-0.4, 0.2), 0, 1)
        canvas = blend(canvas, canvas + rng.uniform(30, 160) * (1 if rng.random() < 0.8 else -1), clouds)
    if rng.random() < 0.4:
        light = np.array([160, 120, 50]) if rng.random() < 0.7 else np.array([140, 140, 140])
        canvas = canvas + glow(rng.random(), horizon * rng.uniform(0.3, 1.1), rng.uniform(0.03, 0.3))[..., None] * light

    for ridge in range(rng.integers(0, 4)):
        depth = (ridge + 1) / 4
        line = horizon - rng.uniform(0, 0.25) * (1 - depth) + sum(
            rng.normal(0, 0.05 * rng.random()) * np.sin(ACROSS * rng.uniform(2, 30) + rng.random() * 6) for _ in range(4)
        )
        colour = low * (1 - depth) * 0.8 + far * depth
        shade = fractal_noise(rng, 5, 5)[..., None] * rng.uniform(5, 40)
        canvas = np.where((DOWN > line)[..., None], colour + shade, canvas)

    edge = horizon + sum(rng.normal(0, 0.02) * np.sin(ACROSS * rng.uniform(2, 15) + rng.random() * 6) for _ in range(3))
    nearness = np.clip((DOWN - horizon) / (1 - horizon), 0, 1)
    floor = blend(far, near, nearness) + fractal_noise(rng, 6, int(rng.integers(3, 10)))[..., None] * rng.uniform(5, 60)
    if rng.random() < 0.25:  # still water: the sky upside down, darker
        rows = np.clip((horizon - (DOWN[:, 0] - horizon)) * SIZE, 0, SIZE - 1).astype(int)
        floor = 0.6 * canvas[rows] * rng.uniform(0.6, 1.1) + 0.4 * floor
        edge = horizon
    canvas = np.where((DOWN > edge)[..., None], floor, canvas)
    if rng.random() < 0.2:
        canvas = add_trees(rng, canvas, horizon)
    return canvas


def add_trees(rng, canvas, horizon):
    """Dark conifers, or round crowns, standing on the horizon."""
    image = as_image(canvas)
    draw = ImageDraw.Draw(image)
    colour = natural_colour(rng, ["leaves", "black", "autumn"][rng.integers(3)]) * rng.uniform(0.3, 1)
    for _ in range(rng.integers(2, 14)):
        x, foot, height = rng.random() * SIZE, (horizon + rng.uniform(-0.02, 0.2)) * SIZE, rng.uniform(15, 110)
        width = height * rng.uniform(0.15, 0.5)
        fill = tuple(int(v) for v in np.clip(colour + rng.normal(0, 8, 3), 0, 255))
        if rng.random() < 0.6:
            draw.polygon([(x, foot - height), (x - width / 2, foot), (x + width / 2, foot)], fill=fill)
        else:
            draw.ellipse([x - width, foot - height, x + width, foot - height / 3], fill=fill)
            draw.line([(x, foot - height / 3), (x, foot)], fill=fill, width=3)
    return as_canvas(image)


def foliage(rng):
    """Hundreds of small leaves or petals around one or two hues, lit unevenly."""
    base = natural_colour(rng, ["leaves", "grass", "autumn"][rng.integers(3)]) if rng.random() < 0.65 else any_colour(rng)
    accent = any_colour(rng) if rng.random() < 0.4 else base
    image = as_image(np.broadcast_to(base * 0.5, (SIZE, SIZE, 3)))
    draw = ImageDraw.Draw(image)
    size, share = rng.uniform(4, 26), rng.uniform(0.05, 0.5)
    for _ in range(int(min(700, 60000 / size**2))):
        x, y = rng.random(2) * SIZE
        w, h = size * rng.uniform(0.4, 1.2, 2)
        colour = (accent if rng.random() < share else base) * rng.uniform(0.4, 1.4)
        draw.ellipse([x - w, y - h, x + w, y + h], fill=tuple(int(v) for v in np.clip(colour, 0, 255)))
    canvas = as_canvas(image.filter(ImageFilter.GaussianBlur(rng.random() * 3)))
    return canvas * (1 + 0.5 * fractal_noise(rng, 3, 2)[..., None])


def close_up(rng):
    """A shaded subject (a ball, a flower, a box) in front of a blurred background."""
    background = [landscape, foliage, material, colour_gradient][rng.integers(4)](rng)
    image = as_image(background).filter(ImageFilter.GaussianBlur(rng.uniform(2, 14)))
    mask = Image.new("L", (SIZE, SIZE), 0)
    draw = ImageDraw.Draw(mask)
    x, y = rng.uniform(0.25, 0.75, 2) * SIZE
    radius = rng.uniform(0.12, 0.48) * SIZE
    shape = rng.integers(3)
    if shape == 0:
        squash = rng.uniform(0.6, 1.4)
        draw.ellipse([x - radius, y - radius * squash, x + radius, y + radius * squash], fill=255)
    elif shape == 1:
        petals, turn = int(rng.integers(4, 14)), rng.random() * 6
        for angle in turn + np.arange(petals) * 2 * np.pi / petals:
            px, py, size = x + np.cos(angle) * radius * 0.55, y + np.sin(angle) * radius * 0.55, radius * 0.4
            draw.ellipse([px - size, py - size, px + size, py + size], fill=255)
    else:
        w, h = radius * rng.uniform(0.5, 1.2, 2)
        draw.rectangle([x - w, y - h, x + w, y + h], fill=255)
    mask = np.asarray(mask.filter(ImageFilter.GaussianBlur(rng.uniform(0, 4)))) / 255
    colour = any_colour(rng) if rng.random() < 0.75 else natural_colour(rng, any_material(rng))
    light = glow(x / SIZE + rng.uniform(-0.2, 0.2), y / SIZE + rng.uniform(-0.2, 0.2), radius / SIZE * 1.3)
    subject = colour * (0.45 + 0.75 * light[..., None]) + fractal_noise(rng, 6, 6)[..., None] * rng.uniform(0, 35)
    canvas = blend(as_canvas(image), subject, mask)
    if shape == 1:
        canvas = blend(canvas, any_colour(rng), glow(x / SIZE, y / SIZE, radius / SIZE * 0.25) > 0.4)
    return canvas


def lights_at_night(rng):
    """Something dark with small lights: stars, lamps out of focus, windows, a fire, a screen's glow."""
    canvas = blend(natural_colour(rng, "night"), natural_colour(rng, "black"), DOWN)
    canvas = canvas + np.clip(fractal_noise(rng, 4, 3), 0, 1)[..., None] * any_colour(rng) * rng.uniform(0, 0.35)
    image = as_image(canvas)
    draw = ImageDraw.Draw(image)
    kind = rng.integers(4)
    warm = natural_colour(rng, "dusk")
    if kind == 0:
        for x, y in rng.random((rng.integers(30, 250), 2)) * SIZE:
            size, value = rng.random() ** 3 * 2, int(rng.uniform(90, 255))
            draw.ellipse([x - size, y - size, x + size, y + size], fill=(value, value, value))
    elif kind == 1:
        for x, y in rng.random((rng.integers(5, 40), 2)) * SIZE:
            size, colour = rng.uniform(3, 22), any_colour(rng) if rng.random() < 0.5 else warm
            draw.ellipse([x - size, y - size, x + size, y + size], fill=tuple(int(v) for v in colour))
    elif kind == 2:
        step = int(rng.integers(8, 20))
        for x in range(0, SIZE, step):
            for y in range(int(rng.uniform(0, 0.7) * SIZE), SIZE, step):
                if rng.random() < 0.4:
                    draw.rectangle([x, y, x + step * 0.5, y + step * 0.6], fill=tuple(int(v) for v in warm))
    canvas = as_canvas(image.filter(ImageFilter.GaussianBlur(rng.random() * 3)))
    if kind == 3 or rng.random() < 0.4:
        colour = warm if rng.random() < 0.6 else any_colour(rng)
        canvas = canvas + glow(rng.uniform(0.2, 0.8), rng.uniform(0.2, 1), rng.uniform(0.08, 0.4))[..., None] * colour
    return canvas


def shapes(rng):
    """Ellipses and rectangles of any colour on a gradient, sharp or blurred."""
    image = as_image(colour_gradient(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 14)):
        x, y = rng.random(2) * SIZE
        w, h = rng.uniform(10, 120, 2)
        fill = tuple(int(v) for v in any_colour(rng))
        (draw.ellipse if rng.random() < 0.6 else draw.rectangle)([x - w / 2, y - h / 2, x + w / 2, y + h / 2], fill=fill)
    image = image.filter(ImageFilter.GaussianBlur(rng.random() * 6))
    return as_canvas(image) + fractal_noise(rng, 6)[..., None] * rng.uniform(0, 25)


def colour_gradient(rng):
    """One colour running into another along a random direction."""
    angle = rng.random() * 2 * np.pi if rng.random() < 0.5 else rng.integers(4) * np.pi / 2
    along = (ACROSS - 0.5) * np.cos(angle) + (DOWN - 0.5) * np.sin(angle) + 0.5
    return blend(any_colour(rng), any_colour(rng), np.clip(along, 0, 1))


def marble(rng):
    """Two to four colours that follow smooth noise, in bands or flowing."""
    noise = fractal_noise(rng, 6, int(rng.integers(2, 7)))
    colours = np.array([any_colour(rng) for _ in range(rng.integers(2, 5))])
    level = (noise - noise.min()) / (np.ptp(noise) + 1e-6) * (len(colours) - 1)
    lower = np.clip(level.astype(int), 0, len(colours) - 2)
    share = (level - lower)[..., None]
    if rng.random() < 0.5:
        share = (share > 0.5).astype(np.float32)
    return colours[lower] * (1 - share) + colours[lower + 1] * share


def material(rng):
    """One natural material filling the picture: rough or smooth, lit from above or below."""
    colour = natural_colour(rng, any_material(rng))
    grain = fractal_noise(rng, 7, int(rng.integers(2, 12)), fall=rng.uniform(1.1, 1.9))
    return colour + grain[..., None] * rng.uniform(3, 90) + (DOWN - 0.5)[..., None] * rng.normal(0, 40)


def stripes(rng):
    """Boards, blinds, rows of things: parallel bands of a few colours with shade."""
    colours = np.array(
        [any_colour(rng) if rng.random() < 0.5 else natural_colour(rng, any_material(rng)) for _ in range(rng.integers(2, 6))]
    )
    axis = DOWN if rng.random() < 0.5 else ACROSS
    along = np.broadcast_to(axis, (SIZE, SIZE)) + 0.15 * rng.random() * fractal_noise(rng, 3, 2)
    band = np.floor(along * rng.uniform(2, 24)).astype(int)
    return colours[band % len(colours)] * (1 + 0.3 * fractal_noise(rng, 5, 4)[..., None])


SCENES = {
    landscape: 0.32, foliage: 0.10, close_up: 0.16, lights_at_night: 0.08, shapes: 0.08,
    colour_gradient: 0.02, marble: 0.08, material: 0.12, stripes: 0.04,
}  # fmt: skip
"""How often each kind of scene is drawn."""


def draw_scene(rng):
    """One random scene, as a canvas [SIZE, SIZE, 3]."""
    kinds, shares = list(SCENES), np.array(list(SCENES.values()))
    return kinds[rng.choice(len(kinds), p=shares / shares.sum())](rng)
