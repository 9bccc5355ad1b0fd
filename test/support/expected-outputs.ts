import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { ShownCell } from './run-notebooks';

/**
 * What the text before a cell says to expect, as a check of what the cell shows: an expression that its text and its
 * HTML together match, a function that fails, or several of these.
 */
type Expectation = RegExp | ((cell: ShownCell) => void | Promise<void>) | Expectation[];

/** Fails if a cell does not show what is expected of it. */
export async function checkExpectation(cell: ShownCell, expectation: Expectation): Promise<void> {
  if (expectation instanceof RegExp) assert.match(cell.text + cell.html, expectation);
  else if (typeof expectation === 'function') await expectation(cell);
  else for (const one of expectation) await checkExpectation(cell, one);
}

const nothing = /^$/;
const versions = /tslab: '[\d.]+',\s+typescript: '5[\d.]+',\s+node: 'v[\d.]+'/;
const builtIn = /built-in model/i;

const pictureUris = (html: string) => html.match(/(?<=<img src=")data:image\/jpeg;base64,[^"]+/g) ?? [];

/** How often something is shown. */
const times =
  (expected: number, pattern: RegExp) =>
  ({ text, html }: ShownCell): void =>
    assert.equal((text + html).match(pattern)?.length, expected, String(pattern));

const pictures = (count: number) => times(count, /<img src="data:image\/jpeg;base64,/g);

/** The numbers at which `pattern` has a group. */
function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, number]) => Number(number));
}

const cosines = ({ html }: ShownCell) => numbers(html, /cosine (-?\d\.\d{3})/g);

/** How much more of one colour than of all three the pictures have, on average. */
async function share(uris: string[], channel: number): Promise<number> {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const shares = uris.map(async (uri) => {
    const { channels } = await sharp(Buffer.from(uri.split(',')[1] ?? '', 'base64')).stats();
    const means = channels.slice(0, 3).map((one) => one.mean);
    return (means[channel] ?? NaN) - mean(means);
  });
  return mean(await Promise.all(shares));
}

/** Of two grids of four, the second has more of a colour, or less. */
const second =
  (change: 'more' | 'less', colour: 'green' | 'blue') =>
  async ({ html }: ShownCell): Promise<void> => {
    const uris = pictureUris(html);
    assert.equal(uris.length, 8);
    const channel = colour === 'green' ? 1 : 2;
    const [before, then] = [await share(uris.slice(0, 4), channel), await share(uris.slice(4), channel)];
    assert.ok(change === 'more' ? then > before : then < before, `${colour}: ${before}, ${then}`);
  };

/** The first photo of a grid is the one that was asked with, at the cosine of a photo with itself. */
function itselfFirst(cell: ShownCell): void {
  const [, asked] = /Like (photos\/[^<]+)</.exec(cell.html) ?? [];
  const [, first] = /<figcaption[\s\S]*?(photos\/[^<]+)</.exec(cell.html) ?? [];
  assert.ok(asked !== undefined && asked === first, `${asked ?? ''} ${first ?? ''}`);
  assert.equal(cosines(cell)[0], 1);
}

/** Neither cosine nor z tells the photos that are there from those that are not; the verdict does. */
function onlyTheVerdictTells({ text }: ShownCell): void {
  const of = (query: string) => {
    const line = new RegExp(`^${query} +cosine (-?[\\d.]+) {2}z (-?[\\d.]+) {2}(\\w+)$`, 'm').exec(text);
    assert.ok(line, `${query} in ${text}`);
    return { cosine: Number(line[1]), z: Number(line[2]), isStrong: line[3] === 'strong' };
  };
  for (const absent of ['a polar bear', 'a purple dog']) {
    assert.ok(of(absent).cosine > of('orange').cosine && of(absent).z > of('green').z, text);
  }
  const strong = ['green', 'orange', 'a polar bear', 'a purple dog', 'sdfsdf'].map((query) => of(query).isStrong);
  assert.deepEqual(strong, [true, true, false, false, false]);
}

function equalCosines({ text }: ShownCell): void {
  const [photo = NaN, added = NaN] = numbers(text, /: (-?\d\.\d+)/g);
  assert.ok(Math.abs(photo - added) < 1e-5, text);
}

function descending(cell: ShownCell): void {
  const sorted = cosines(cell).sort((a, b) => b - a);
  assert.deepEqual(cosines(cell), sorted);
}

/** recall@10 about 0.78 and MRR about 0.85, the same with "a photo of", between chance and the best possible. */
function measured({ text }: ShownCell): void {
  const row = (name: string): number[] => {
    const line = text.split('\n').find((one) => one.startsWith(name)) ?? '';
    return numbers(line.replaceAll(/\([^)]*\)/g, ''), /(\d\.\d\d)/g);
  };
  const asItIs = row('{}');
  assert.deepEqual([asItIs[2], asItIs[5]], [0.78, 0.85], text);
  assert.deepEqual(row('a photo of {}'), asItIs, text);
  const [chance, best] = [row('by chance'), row('best possible')];
  for (const [i, figure] of asItIs.entries()) assert.ok((chance[i] ?? NaN) < figure && figure < (best[i] ?? NaN), text);
}

/** Two tables: of the photos, and of synthetic vectors. Exact search misses nothing; the thin graph does. */
const indexLab =
  (total: number) =>
  ({ text }: ShownCell): void => {
    assert.match(text, new RegExp(`^${total} photos, 512 numbers`, 'm'));
    const [, synthetic = ''] = text.split('2000 synthetic vectors');
    assert.deepEqual(numbers(text, /^exact +(\d\.\d{3})/gm), [1, 1], text);
    const [thin = NaN] = numbers(synthetic, /^HNSW m=4 .*? 10 +(\d\.\d{3})/gm);
    assert.ok(thin > 0.5 && thin < 0.95, text);
  };

/** By notebook and cell, what is to be expected of the workshop's photos and the built-in model. */
export function expectedOutputs(index: string, total: number): Record<string, Record<string, Expectation>> {
  const connected = /^OpenSearch 3\.\d+\.\d+ at 127\.0\.0\.1:\d+$/m;
  const remaining = new RegExp(`'${index}'`);
  const table = times(3, /^\d +-?\d\.\d{3} .*photos\//gm);
  return {
    '1-prepare-opensearch.ipynb': {
      versions,
      connect: connected,
      model: [builtIn, /revision: '\S+',[\s\S]*dimension: 512/],
      body: nothing,
      create: new RegExp(`^\\{\\s+acknowledged: true,\\s+shards_acknowledged: true,\\s+index: '${index}'\\s+\\}\\s*$`),
      look: /knn_vector[\s\S]*dimension: 512,[\s\S]*lucene[\s\S]*cosinesimil[\s\S]*hnsw/,
    },
    '2-process-and-upload.ipynb': {
      versions,
      connect: connected,
      model: /model: 'models\/pocket-clip'/,
      photos: [
        new RegExp(`^${total} photos; the first is photos/\\S+$`, 'm'),
        /Other files, by kind: \{\} Unusable: \[\]/,
        pictures(1),
      ],
      pixels: /^150528 values, the first: -?\d\.\d{3}/,
      vector: [/Float32Array\(512\) \[.*…\] ‖1\.000‖/, /<img src="data:image\/png;base64,/],
      cosine: ({ text }) => {
        const [length = NaN, fits = NaN, not = NaN] = numbers(text, /: (-?\d(?:\.\d+)?)(?=,|\s)/g);
        assert.ok(Math.abs(length - 1) < 1e-6 && fits > not, text);
      },
      batch: times(4, /^ +Float32Array\(512\)/gm),
      upload: [new RegExp(`role="progressbar".*${total} of ${total}`), new RegExp(`^indexed\\s+${total}$`, 'm')],
      look: new RegExp(`^${total} photos; one of them: [\\s\\S]*image_url: 'photos/`),
      cat: new RegExp(`^yellow ${index}\\s+${total}\\b`, 'm'),
    },
    '3-run-vector-search.ipynb': {
      versions,
      connect: connected,
      model: [builtIn, /'red flowers'/],
      query: nothing,
      search: pictures(3),
      score: [new RegExp(`^${total} photos: cosine -?\\d\\.\\d{3} on average, spread \\d\\.\\d{3}$`, 'm'), table],
      photo: [pictures(3), itselfFirst],
      cleanup: remaining,
    },
    'further/4-scores-combinations-filters.ipynb': {
      versions,
      connect: [builtIn, connected],
      search: nothing,
      verdict: [/Strong: .*likelihood/, /^The best hit is \d\.\d{3} ahead/m, table],
      'five-texts': onlyTheVerdictTells,
      plus: second('more', 'blue'),
      minus: second('less', 'green'),
      sum: equalCosines,
      'filter-places': /^inside: 3 photos\s+after: [0-2] photos$/m,
      filter: [pictures(3), descending],
      sizes: /^k 3, size 3: 3 photos\s+k 3, size 10: 3 photos\s+k 10, size 3: 3 photos\s+k 10, size 10: 10 photos$/m,
      pages: [pictures(6), /1\. [\s\S]*2\. [\s\S]*3\. [\s\S]*4\. [\s\S]*5\. [\s\S]*6\. /],
    },
    'further/5-own-photos-duplicates-map.ipynb': {
      versions,
      connect: [builtIn, connected],
      own: [
        new RegExp(`Their index is &#39;${index}-copies-\\w+&#39;`),
        /role="progressbar".*36 of 36/,
        ...[pictures(3), /^indexed +36$/m],
        times(3, /<img [^>]*alt="Apple flower/g),
      ],
      duplicates: /^Byte-identical: 6 groups[\s\S]*cosine from +pairs[\s\S]*^ +0\.9 +\d+ +6 /m,
      threshold: [
        /Byte-identical: 6 groups[\s\S]*and 4 more[\s\S]*Cosine from 0\.99: \d+ groups/,
        (cell) => assert.ok(cosines(cell).every((cosine) => cosine >= 0.99)),
      ],
      map: [/<img src="data:image\/\w+;base64,/, new RegExp(`${total} photos, similar ones`)],
      cleanup: new RegExp(`'${index}',\\s+'${index}-copies-`),
    },
    'further/6-how-good-and-how-exact.ipynb': {
      versions,
      connect: [builtIn, connected],
      judged: new RegExp(`^${total} of the ${total} judged photos are in the index`),
      rank: nothing,
      measure: measured,
      exact: indexLab(total),
    },
  };
}
