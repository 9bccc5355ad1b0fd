"""The queries the finished model is judged by; none of them may occur in training.

Each is paired with an attribute of hsv_attributes.py. Their words are mostly in the
vocabulary; the phrase as a whole is not: captions that equal one of them are thrown away
(captions.py). UNKNOWN_WORDS are kept out of everyday_words.txt as well.
"""

MEASURED_QUERIES = {
    "colour": {  # two of each
        "which of these are mostly red": "red",
        "a scarlet curtain": "red",
        "my favourite colour is orange": "orange",
        "orange, like a ripe tangerine": "orange",
        "I would love to see yellow": "yellow",
        "yellow from edge to edge": "yellow",
        "as green as it gets": "green",
        "green wherever you look": "green",
        "turquoise or teal": "cyan",
        "the turquoise of a tropical bay": "cyan",
        "all of it in blue, please": "blue",
        "blue all over": "blue",
        "deep navy tones of blue": "dark blue",
        "an evening suit in dark navy blue": "dark blue",
        "do you have anything purple?": "purple",
        "lilac and violet shades": "purple",
        "a wall painted pink": "pink",
        "pink cotton candy": "pink",
        "brown like old leather boots": "brown",
        "different kinds of brown": "brown",
        "nearly everything is white": "white",
        "white on white": "white",
        "almost all black": "black",
        "hardly more than black": "black",
        "just grey, really": "grey",
        "fifty kinds of grey": "grey",
        "the reddest one": "red",  # one more: a form of the word that was never taught
    },
    "light": {
        "so dark that you see hardly anything": "dark",
        "taken in the middle of the night": "dark",
        "a really bright airy room": "bright",
        "overexposed and full of light": "bright",
        "an old black and white movie": "colourless",
        "no colour at all, monochrome": "colourless",
        "as colourful as a rainbow": "colourful",
        "vivid and intense, saturated colours": "saturated",
        "cosy warm light": "warm",
        "a chilly cold mood": "cool",
        "hard contrast between light and shadow": "contrasty",
        "a plain empty surface": "plain",
    },
    "layout": {
        "blue sky over green grass": "blue above green",
        "the upper half is blue": "blue above",
        "a dark ground below a bright sky": "bright above dark",
        "green fills the lower part": "green below",
        "orange sky above a black horizon": "warm above dark",
        "white at the top, dark at the bottom": "bright above dark",
        "dark on the left, bright on the right": "dark left of bright",
        "a red thing right in the centre": "red in the centre",
        "a yellow blossom in the middle": "yellow in the centre",
        "the sea at the bottom": "blue below",
    },
}

UNKNOWN_WORDS = [
    "dog", "cat", "wedding", "zebra", "violin", "bureaucracy", "sdfsdf", "qwertz", "tax return", "parliament", "grandmother",
    "my grandmother's garlic soup", "a man with a bicycle", "democracy", "helsinki", "keyboard player", "philosophy",
    "two people shaking hands", "accordion", "hippopotamus", "javascript", "quarterly report", "vaccination", "xylophone",
    "lecture about grammar", "chess tournament", "plumber", "kubernetes", "sandwich", "bagpipe", "telescope", "mortgage",
]  # fmt: skip


def held_out_phrases():
    """Phrases that no training caption may equal, in lower case."""
    measured = [query for group in MEASURED_QUERIES.values() for query in group]
    return {query.lower() for query in [*measured, *UNKNOWN_WORDS]}


def held_out_words():
    """Single words of UNKNOWN_WORDS that must not be learnt as meaningless either."""
    return {query for query in UNKNOWN_WORDS if " " not in query}
