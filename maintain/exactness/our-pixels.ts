// Writes what readPixels makes of pictures, as bytes [224, 224, 3] one after another: for make_exactness.py.
// Run as: npx tsx maintain/exactness/our-pixels.ts OUT PICTURE...
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readClipInput } from '../../lib/model/clip-input';
import { readPixels } from '../../lib/pixels';

async function main(out: string, pictures: string[]): Promise<void> {
  const input = await readClipInput(path.resolve(__dirname, '../../test/fixtures/encoder/tiny32'));
  const bytes: Uint8Array[] = [];
  for (const picture of pictures) {
    const pixels = await readPixels(picture, input);
    const area = pixels.length / 3;
    bytes.push(
      Uint8Array.from(pixels, (_, i) => {
        const colour = (i % 3) as 0 | 1 | 2;
        const value = pixels[colour * area + Math.floor(i / 3)] ?? NaN;
        return Math.round((value * input.std[colour] + input.mean[colour]) * 255);
      }),
    );
  }
  await writeFile(out, Buffer.concat(bytes));
}

const [out = '', ...pictures] = process.argv.slice(2);
void main(out, pictures);
