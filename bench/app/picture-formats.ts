// npx tsx bench/app/picture-formats.ts: what a thumbnail costs as WebP and as AVIF. docs/app.md has the outcome.
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { findPhotos, openPhoto } from '../../lib/index';
import { mean } from '../../further/mean';
import { runScript } from '../../tools/run-script';
import { repositoryRoot } from '../../workshop/index';

const ways: Record<string, (image: Sharp) => Sharp> = {
  'WebP, quality 74': (image) => image.webp({ quality: 74, smartSubsample: true }),
  'AVIF, quality 55, effort 2': (image) => image.avif({ quality: 55, effort: 2 }),
  'AVIF, quality 53, effort 4': (image) => image.avif({ quality: 53, effort: 4 }),
};

async function main(): Promise<void> {
  sharp.concurrency(1);
  const { photos } = await findPhotos(path.join(repositoryRoot, 'photos'));
  const originals = await Promise.all(
    photos.map(async ({ path }) => {
      const { image } = await openPhoto(path);
      return image.resize(480, 480, { fit: 'inside' }).toColourspace('srgb').png().toBuffer();
    }),
  );
  for (const [name, encode] of Object.entries(ways)) {
    const before = process.cpuUsage();
    const pictures: Buffer[] = [];
    for (const original of originals) pictures.push(await encode(sharp(original)).toBuffer());
    const { user, system } = process.cpuUsage(before);
    const errors = await Promise.all(pictures.map((picture, i) => decibels(picture, originals[i] ?? picture)));
    const kilobytes = mean(pictures.map(({ length }) => length)) / 1000;
    const milliseconds = (user + system) / 1000 / pictures.length;
    console.log(`${name}: ${milliseconds.toFixed(0)} ms, ${kilobytes.toFixed(1)} kB, ${mean(errors).toFixed(1)} dB`);
  }
}

/** The peak signal-to-noise ratio of a picture to its original. */
async function decibels(picture: Buffer, original: Buffer): Promise<number> {
  const [a, b] = await Promise.all([picture, original].map((one) => sharp(one).removeAlpha().raw().toBuffer()));
  const sum = a?.reduce((sum, value, i) => sum + (value - (b?.[i] ?? NaN)) ** 2, 0) ?? NaN;
  return 10 * Math.log10((255 * 255 * (a?.length ?? NaN)) / sum);
}

runScript(main);
