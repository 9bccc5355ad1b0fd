// The picture in README.md, from what the browser test saw:
//   npm test -- browser && npx tsx maintain/make-screenshots.ts
import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { PhotoSearchError } from '../lib/errors';
import { formatBytes } from '../console/units';
import { repositoryRoot } from '../workshop/settings';
import { runScript } from '../tools/run-script';

async function main(): Promise<void> {
  const seen = path.join(repositoryRoot, 'out', 'browser', '3-notebook.png');
  if (!existsSync(seen)) {
    throw new PhotoSearchError(`There is no ${seen}: run \`npm test -- browser\` first.`);
  }
  const file = path.join(repositoryRoot, 'docs', 'results.jpg');
  const { width, height, size } = await sharp(seen)
    .jpeg({ quality: 80, mozjpeg: true, chromaSubsampling: '4:4:4' })
    .toFile(file);
  console.log(`${file}: ${width} × ${height}, ${formatBytes(size)}`);
}

runScript(main);
