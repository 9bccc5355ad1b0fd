"""Texts whose token ids and vectors must be those of Python: the ordinary, the foreign, the odd and the long."""

import random

ORDINARY = '''a photo of a cat|A PHOTO OF A CAT|a photo of a cat.|two dogs, one cat & a parrot!|it's a dog's life
don't, won't, we've, you'll, I'm, he'd, they're|golden retriever puppy playing in the snow|a watercolour painting of a fox
sunset over the sea, long exposure|an aerial view of a city at night|black-and-white|mother-in-law's|U.S.A.|e.g. i.e.
1st 2nd 3rd|9:30am|2020-01-01|0|00|007|1 2 3|12345678901234567890|a1b2c3|MP3 H2O|4k|iPhone15|3 cats and 12 dogs in 1999
1,234.56 €|100%|$5|#hashtag @user|a+b=c|x^2|~tilde~|{json: [1,2]}|(paren)|a;b:c|a/b\\c|`backtick`|"quotes"|C++ & C#
email@example.com https://example.com/a?b=c#d|<b>bold</b> &amp; &lt;tag&gt; &eacute;|snake_case camelCase kebab-case
under_score__double|...|!!!???|-|—|!|! ! !|'|''|'s|'S|'LL|it'S|O'Brien's|rock'n'roll|’s|'tis|''s'|'re|n't|don’t “quote” me
supercalifragilisticexpialidocious|pneumonoultramicroscopicsilicovolcanoconiosis|qwrtpsdfghjklzxcvbnm
constructor|toString|__proto__|hasOwnProperty|null undefined NaN|true|{}|a-b|a - b'''

FOREIGN = '''一只猫|一只猫的照片 在草地上|猫の写真|ネコ　と　イヌ|고양이 사진|кошка на траве|Ёжик в тумане|γάτα|ΟΔΥΣΣΕΥΣ ΣΑΣ|Σίσυφος|ά έ ή
قطة على العشب|صورةٌ لِقِطَّةٍ|חתול על הדשא|שָׁלוֹם|बिल्ली|แมว|ảnh con mèo|İstanbul ışık|STRASSE straße ẞ|café|naïve façade coöperate
Ünïcödé|Œuvre Æsir|Łódź|Dvořák|ŉ|ſ|½ cup ² x³ ⅷ|①②③|Ⅳ ⅳ|٣٤٥|१२३|𝟘𝟙|x₁|°C|™®©|µ μ|Ω Ω|K K|←→⇒|∑∫√|█▓▒|♠♥|🀄|⌘
ﬁ ﬂ ﬀ|Ｆｕｌｌ ｗｉｄｔｈ １２３|ǅ ǆ Ǆ|ཀྵ|༃|𝐀𝐁 math|𠀀 ext b|😀|a 😀 face|👩‍👩‍👧‍👦 family|🇩🇪 flag|👍🏽|❤️|🏳️‍🌈|😀😃😄😁😆😅😂🤣😊😇'''

ODD = [
    '', ' ', '   ', '\t\n', 'a', 'a  photo\tof\n a   cat', 'trailing ', ' leading', ' both ', 'a\r\nb', 'tabs\t\t\tmany',
    'cafe\u0301', 'e\u0301\u0301\u0301', 'Å \u212b A\u030a', 'й и\u0306', 'が か\u3099', '각 \u1100\u1161\u11a8', 'क़ \u0915\u093c',
    '\u0130\u0131', 'zalgo z\u0338\u0321a\u0336l\u0335g\u0334o', '\u200b', 'zero\u200bwidth', 'zero\u200d\u200cjoin',
    'nb\u00a0sp', '\u3000ideographic\u3000space', '\u2028line\u2029sep', '\x00', 'nul\x00in', '\x07bell\x1besc', '\x85next',
    '\x1c\x1d\x1e\x1f sep', '\ufeffbom', '\u00adsoft\u00adhyphen', '\ue000\uf8ff', '\U0010ffff', '\ufffd', 'right\u202eleft',
    '<|startoftext|>', '<|endoftext|>', 'a <|endoftext|> b', 'a<|endoftext|>b', '<|startoftext|><|endoftext|>',
    '<|STARTOFTEXT|>', '<|ENDOFTEXT|>', '<|EndOfText|> x', '< |endoftext|>', '<|endoftext|', '|endoftext|>',
    'a <|startoftext|> photo', ' <|endoftext|> ', 'a photo<|endoftext|>', '</w>', 'cat</w>', '[CLS] [SEP] [PAD]',
    '<pad> <unk> <s></s>',
]


def make_texts():
    chance = random.Random(7)
    words = 'cat dog house tree river mountain red blue green small large photo of a the in on with under night day'.split()

    def sentence(count):
        return ' '.join(chance.choice(words) for _ in range(count))

    # 75 words make 77 tokens, 76 make 78.
    long = [sentence(count) for count in (60, 61, 62, 63, 74, 75, 76, 77, 100, 210, 498, 500)]
    long += ['猫' * 200, '😀' * 100, 'a' * 2000, '!' * 500, '<|endoftext|> ' * 100, sentence(74) + ' 😀']
    long += [sentence(80) + ' <|endoftext|> ' + sentence(80), sentence(70) + " don't it's"]
    letters = "abc '’s<>|&.\t\u0301\u200b猫قé😀1½\u00a0ǅİ"
    noise = [''.join(chance.choice(letters) for _ in range(chance.randint(3, 30))) for _ in range(20)]
    split = [text for lines in (ORDINARY, FOREIGN) for line in lines.split('\n') for text in line.split('|')]
    return list(dict.fromkeys(split + ODD + long + noise))
