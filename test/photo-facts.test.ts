import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { colourNames, colourOf, photoColours } from '../lib/photo/photo-colours';
import { photoFacts, photoTaken } from '../lib/photo-facts';
import { readPixels } from '../lib/pixels';
import { fakeClip } from './support/fake-clip';

/** The EXIF data of a JPEG with these dates. */
async function exif(original?: string, digitized?: string, changed?: string): Promise<Buffer | undefined> {
  const fields = (dates: Record<string, string | undefined>) =>
    Object.fromEntries(Object.entries(dates).filter(([, date]) => date !== undefined)) as Record<string, string>;
  const IFD0 = fields({ Software: 'test', DateTime: changed });
  const IFD2 = fields({ DateTimeOriginal: original, DateTimeDigitized: digitized });
  const photo = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
  return (await sharp(await photo.jpeg().withExif({ IFD0, IFD2 }).toBuffer()).metadata()).exif;
}

test('orientation is by which side is longer', () => {
  const orientation = (width: number, height: number) =>
    photoFacts({ autoOrient: { width, height } } as Parameters<typeof photoFacts>[0]).orientation;
  assert.deepEqual([orientation(3, 2), orientation(2, 3), orientation(2, 2)], ['landscape', 'portrait', 'square']);
});

test('a photo was taken at its DateTimeOriginal, else DateTimeDigitized, else DateTime; a date that is cut, empty or impossible does not count', async () => {
  const [first, second, third] = ['2024:05:31 18:20:07', '2025:01:01 00:00:00', '2026:02:02 02:02:02'];
  const cases: [dates: (string | undefined)[], taken: string | undefined][] = [
    [[first, second, third], '2024-05-31T18:20:07'],
    [[undefined, second, third], '2025-01-01T00:00:00'],
    [[undefined, undefined, third], '2026-02-02T02:02:02'],
    [[], undefined],
    [['0000:00:00 00:00:00', undefined, third], '2026-02-02T02:02:02'],
    ...['2024:05:31 18:2', '2024', '20', '2', '    :  :     :  :  ', '2023:02:30 10:00:00'].map(
      (date): [string[], undefined] => [[date], undefined],
    ),
  ];
  for (const [dates, taken] of cases) assert.equal(photoTaken(await exif(...dates)), taken, dates.join());
  const whole = await exif(first);
  assert.ok(whole);
  for (let length = 0; length < whole.length - 30; length++) {
    assert.ok([undefined, '2024-05-31T18:20:07'].includes(photoTaken(whole.subarray(0, length))), `${length}`);
  }
});

/** EXIF data of one field, in either order of bytes. */
function oneField({ little = true, header = '', tag = 0x132, type = 2, text = '2024:05:31 18:20:07' }): Buffer {
  const tiff = Buffer.alloc(26 + text.length + 1);
  const uint16 = (value: number, at: number) =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const uint32 = (value: number, at: number) =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(little ? 'II' : 'MM', 0, 'latin1');
  uint16(42, 2);
  uint32(8, 4); // the directory begins there
  uint16(1, 8);
  uint16(tag, 10);
  uint16(type, 12);
  uint32(text.length + 1, 14);
  uint32(26, 18); // the text begins there
  tiff.write(text, 26, 'latin1');
  return Buffer.concat([Buffer.from(header, 'latin1'), tiff]);
}

test('a date is found in either order of bytes, with and without the header, and only where a field of text holds it', () => {
  for (const little of [true, false]) {
    for (const header of ['', 'Exif\0\0']) {
      assert.equal(photoTaken(oneField({ little, header })), '2024-05-31T18:20:07', `${little} ${header}`);
    }
  }
  assert.equal(photoTaken(undefined), undefined);
  assert.equal(photoTaken(oneField({ type: 3 })), undefined);
  assert.equal(photoTaken(oneField({ tag: 0x131 })), undefined);
  assert.equal(photoTaken(oneField({ text: 'x2024:05:31 18:20:07' })), undefined);
});

const input = { ...fakeClip().input, resize: { shortestEdge: 224 }, crop: { width: 224, height: 224 } };
const photo = (name: string) => path.resolve(__dirname, '../photos', name);
const coloursOf = async (picture: string | Buffer) => photoColours(await readPixels(picture, input), input);

/** Named colours of CSS that nobody would call otherwise. */
const cssColours: Record<(typeof colourNames)[number], string> = {
  black: 'black',
  white: 'white snow ivory whitesmoke azure',
  grey: 'gray dimgray silver lightgray slategray',
  red: 'red crimson firebrick maroon darkred',
  orange: 'orange darkorange coral',
  yellow: 'yellow gold khaki',
  green: 'green lime forestgreen seagreen olivedrab palegreen darkolivegreen',
  blue: 'blue navy royalblue skyblue steelblue midnightblue lightblue',
  purple: 'purple indigo blueviolet rebeccapurple mediumpurple',
  pink: 'pink hotpink deeppink lightpink palevioletred',
  brown: 'saddlebrown sienna tan',
};

test('colours have the names that everybody gives them', async () => {
  for (const name of colourNames) {
    for (const background of cssColours[name].split(' ')) {
      const create = { width: 1, height: 1, channels: 3, background } as const;
      const [red = 0, green = 0, blue = 0] = await sharp({ create }).raw().toBuffer();
      assert.equal(colourOf(red, green, blue), name, background);
    }
  }
});

test('a photo’s colours are those that cover a twentieth of its middle, the largest first', async () => {
  const stripe = (background: string, width: number) => ({
    create: { width, height: 480, channels: 3 as const, background },
  });
  const picture = await sharp(stripe('#c00', 480))
    .composite([
      { input: stripe('#00c', 150), left: 0, top: 0 },
      { input: stripe('#0a0', 40), left: 150, top: 0 },
      { input: stripe('#ff0', 12), left: 190, top: 0 },
    ])
    .png()
    .toBuffer();
  assert.deepEqual(await coloursOf(picture), ['red', 'blue', 'green']);
});

test('a colour is named from a twentieth of what is looked at, wherever it is, and not below', () => {
  // Of 24 columns and rows that are looked at, one is 4.2 %, two are 8.3 %.
  const crop = { width: 48, height: 24 };
  const colours = { blue: [0, 0, 255], red: [255, 0, 0], green: [0, 128, 0] } as const;
  const named = (at: (x: number, y: number) => keyof typeof colours) => {
    const pixels = new Float32Array(3 * 48 * 24);
    for (let i = 0; i < 48 * 24; i++) {
      const rgb = colours[at(i % 48, Math.floor(i / 48))];
      for (const channel of [0, 1, 2] as const) pixels[channel * 48 * 24 + i] = rgb[channel] / 255;
    }
    return photoColours(pixels, { ...input, crop, mean: [0, 0, 0], std: [1, 1, 1] });
  };
  const cases: [at: Parameters<typeof named>[0], expected: string[]][] = [
    [(x) => (x < 2 ? 'red' : 'blue'), ['blue']],
    [(x) => (x < 4 ? 'red' : 'blue'), ['blue', 'red']],
    [(x) => (x < 44 ? 'blue' : 'red'), ['blue', 'red']],
    [(_, y) => (y > 22 ? 'green' : 'blue'), ['blue']],
    [(x, y) => (y > 19 ? 'green' : x < 4 ? 'red' : 'blue'), ['blue', 'green', 'red']],
  ];
  for (const [at, expected] of cases) assert.deepEqual(named(at), expected, String(at));
});

test('photos of the workshop have the colours that one sees in them, and a black and white one no others', async () => {
  const expected: Record<string, string> = {
    ...{ 'red-zinnias': 'red green', sunflower: 'green yellow', 'galaxies-in-deep-space': 'black' },
    ...{ 'honey-bee-on-purple-aster': 'purple', 'citrus-fruit-slices': 'yellow orange' },
    ...{ 'fallen-maple-leaf': 'brown orange', 'boardwalk-by-the-sea': 'blue', 'tiger-in-snow': 'white brown' },
  };
  for (const [name, colours] of Object.entries(expected)) {
    const found: string[] = await coloursOf(photo(`${name}.jpg`));
    for (const colour of colours.split(' ')) assert.ok(found.includes(colour), `${name}: ${found.join(' ')}`);
  }
  assert.ok(!(await coloursOf(photo('fresh-green-grass.jpg'))).includes('red'));
  const colourless = await sharp(photo('red-zinnias.jpg')).greyscale().png().toBuffer();
  for (const picture of [colourless, photo('black-and-white-architecture.jpg')]) {
    for (const colour of await coloursOf(picture)) assert.match(colour, /^(black|grey|white)$/);
  }
});
