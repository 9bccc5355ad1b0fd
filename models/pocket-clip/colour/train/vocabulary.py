"""Every word and phrase the model is taught: what people call the colours, the light and the scenes.

The first entry of a list is the plain word; it is used most. A word that is not here has no meaning
for the model.
"""

COLOUR_WORDS = {
    "black": ["black", "jet black", "pitch black", "ebony", "charcoal black", "soot"],
    "white": ["white", "pure white", "ivory", "milky white", "white as milk", "chalk white", "whitish"],
    "grey": ["grey", "gray", "silver", "slate grey", "ash", "concrete", "slate", "steel", "greyish"],
    "red": ["red", "crimson", "scarlet", "ruby", "cherry red", "blood red", "strawberry", "tomato", "ketchup", "cherry",
            "vermilion", "reddish"],
    "orange": ["orange", "amber", "tangerine", "pumpkin", "carrot", "copper orange", "copper", "apricot"],
    "yellow": ["yellow", "golden", "gold", "lemon", "banana", "sunflower", "mustard", "canary", "yellowish"],
    "green": ["green", "emerald", "olive", "leafy", "moss", "green leaves", "plants", "jade", "greenish"],
    "blue": ["blue", "azure", "sapphire", "cobalt", "bluish", "indigo"],
    "purple": ["purple", "violet", "lavender", "lilac", "magenta", "plum", "mauve", "purplish"],
    "pink": ["pink", "rose", "salmon", "fuchsia", "bubblegum", "candy pink", "peach pink", "coral", "pinkish"],
    "brown": ["brown", "chocolate", "coffee", "chestnut", "wood", "wooden", "earth", "soil", "leather", "bronze", "rust",
              "caramel", "walnut brown", "brownish"],
    "beige": ["beige", "cream", "tan", "sand coloured", "khaki", "sandy", "skin tone"],
}  # fmt: skip

SHADE_WORDS = {
    "turquoise": ["turquoise", "teal", "cyan", "aqua", "blue green"],
    "light blue": ["light blue", "pale blue", "sky blue", "baby blue"],
    "dark blue": ["dark blue", "navy", "navy blue", "deep blue", "midnight blue"],
    "light green": ["light green", "lime", "lime green", "mint", "pale green"],
    "dark green": ["dark green", "deep green", "bottle green", "forest green"],
    "dark red": ["dark red", "maroon", "burgundy", "deep red", "wine red"],
}

LIGHT_WORDS = {
    "bright": ["bright", "light", "well lit", "airy", "high key", "brightly lit", "luminous", "very bright", "full of light"],
    "dark": ["dark", "dim", "gloomy", "low key", "very dark", "unlit", "shadowy", "darkness", "low light"],
    "night": ["night", "at night", "midnight", "dark night", "night time", "nocturnal", "night sky", "nightfall",
              "stars at night", "late evening", "starry"],
    "colourful": ["colourful", "colorful", "multicoloured", "rainbow", "many colours", "full of colour",
                  "all kinds of colors", "a mix of colours"],
    "vivid": ["vivid", "saturated", "intense colours", "neon", "bold colours", "vibrant", "strong colour"],
    "muted": ["muted", "pale", "faded", "washed out", "desaturated", "dull colours", "soft colours"],
    "pastel": ["pastel", "pastel colours", "soft pastel", "delicate light colours"],
    "black and white": ["black and white", "monochrome", "greyscale", "grayscale", "without colour", "no colour", "b&w",
                        "colourless", "old film"],
    "contrast": ["high contrast", "strong contrast", "contrasty", "hard light and shadow", "dramatic light"],
    "plain": ["plain", "flat", "minimal", "minimalist", "simple background", "empty", "uniform", "blank", "clean"],
    "busy": ["busy", "textured", "detailed", "lots of detail", "texture", "intricate", "messy", "crowded pattern"],
    "warm": ["warm", "warm colours", "warm tones", "hot colours", "cosy", "cozy"],
    "cool": ["cool", "cold", "cool tones", "cold colours", "chilly", "icy tones"],
    "silhouette": ["silhouette", "backlit", "dark shapes against light", "back light"],
    "light in the dark": ["light in the dark", "spotlight", "glow in the middle", "lamp", "glowing"],
}  # fmt: skip

SCENE_WORDS = {
    "sunset": ["sunset", "sundown", "sunrise", "dusk", "dawn", "setting sun", "golden hour", "evening sky", "twilight glow",
               "sun going down"],
    "snow": ["snow", "snowy", "winter", "frost", "blizzard", "covered in snow", "icy", "cold winter", "ski slope"],
    "sky": ["sky", "blue sky", "clear sky", "open sky", "sunny day", "sky above", "daylight sky"],
    "clouds": ["clouds", "cloudy", "cloudy sky", "overcast", "overcast sky"],
    "sea": ["sea", "ocean", "water", "lake", "waves", "river", "seaside", "underwater", "swimming pool", "sea water"],
    "forest": ["forest", "woods", "trees", "jungle", "woodland", "foliage", "tree leaves", "rainforest", "in the woods"],
    "grass": ["grass", "meadow", "field", "lawn", "green field", "green grass", "pasture", "green hills", "countryside"],
    "fog": ["fog", "foggy", "mist", "misty", "haze", "hazy", "smoke"],
    "desert": ["desert", "sand", "dunes", "sandy beach", "sand dunes", "dry land", "canyon", "beach sand", "sahara"],
    "autumn": ["autumn", "fall foliage", "autumn leaves", "fall colours", "autumn forest", "october"],
    "fire": ["fire", "flames", "glowing embers", "lava", "candle light", "bonfire"],
    "flower": ["flower", "flowers", "blossom", "petals", "garden flowers", "bloom", "tulip"],
    "rock": ["rock", "stone", "rocks", "mountain rock", "concrete wall", "asphalt", "street", "city", "buildings"],
}  # fmt: skip

# How a place is put; {colour} is one of the first three words of COLOUR_WORDS, or dark, bright, light.
POSITION_PHRASES = {
    "top": ["{colour} at the top", "{colour} on top", "{colour} sky", "{colour} above", "upper part {colour}",
            "{colour} in the upper half", "top {colour}", "the top is {colour}", "{colour} upper half"],
    "middle": ["{colour} in the middle", "{colour} band across the middle", "{colour} horizon", "{colour} middle"],
    "bottom": ["{colour} at the bottom", "{colour} ground", "{colour} below", "lower part {colour}", "{colour} floor",
               "{colour} in the lower half", "bottom {colour}", "{colour} foreground", "the bottom is {colour}",
               "{colour} lower half"],
    "left": ["{colour} on the left", "left side {colour}", "{colour} left", "the left half is {colour}"],
    "right": ["{colour} on the right", "right side {colour}", "{colour} right", "the right half is {colour}"],
    "centre": ["{colour} in the centre", "{colour} object", "{colour} center", "{colour} in the center", "{colour} subject",
               "{colour} thing in the middle"],
}  # fmt: skip


def all_phrases():
    """Every phrase of the vocabulary, in a fixed order."""
    tables = (COLOUR_WORDS, SHADE_WORDS, LIGHT_WORDS, SCENE_WORDS)
    return [phrase for table in tables for words in table.values() for phrase in words]
