// The last step of `npm run workshop`: out/results.html, a page of queries with their photos, and a summary.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBackground } from '../further/judging/background';
import { exampleQueries } from '../clip-model/example-queries';
import { addressFrom } from '../workshop/notebook-address';
import { photoGrid } from '../lib/grid';
import { escapeHtml } from '../lib/html';
import { htmlPage } from '../console/html-page';
import type { ModelIdentity } from '../lib/model/model-identity';
import { searchPhotos } from '../lib/search';
import { repositoryRoot } from '../workshop/settings';
import { unknownWordsNotice } from '../further/judging/unknown-words';
import { readStoredPhotos } from '../lib/opensearch/stored-photos';
import { findPhotos } from '../lib/photos';
import { openIndex } from './open-index';
import { runScript } from './run-script';

const outDir = path.join(repositoryRoot, 'out');

function page({ model, dimension }: ModelIdentity, notice: string | undefined, sections: string[]): string {
  const parts = [
    `<p>The model <code>${escapeHtml(model)}</code> turned each query into a vector of ${dimension} numbers; below it are the photos whose vectors OpenSearch found nearest, with the cosine.</p>`,
    ...(notice ? [`<p><strong>${escapeHtml(notice)}</strong></p>`] : []),
    ...sections,
  ];
  return htmlPage('Searching photos by text', parts.join('\n'));
}

async function main(): Promise<void> {
  const { settings, client, clip, notice } = await openIndex();
  const { indexName: index, photosDir } = settings;
  const background = await readBackground(client, index);
  const stored = await readStoredPhotos(client, index, clip.identity);
  console.log(`\nIndex '${index}': ${stored.size} photos, ${clip.identity.model}`);
  const { photos, skipped } = await findPhotos(photosDir);
  const left = photos.filter(({ id }) => !stored.has(id));
  const missing = [...left, ...skipped].map(({ imageUrl }) => JSON.stringify(imageUrl));
  if (missing.length > 0) {
    console.log(`Not in it: ${missing.join(', ')} (out/2-process-and-upload.ipynb says why)`);
  }
  if (notice) console.log(notice);
  console.log('');

  const sections: string[] = [];
  for (const query of exampleQueries.slice(0, 5)) {
    const vector = await clip.embedText(query);
    const hits = await searchPhotos(client, { index, vector, k: 3 });
    const unknown = await unknownWordsNotice(clip, query, background);
    const grid = await photoGrid(hits, { photosDir, address: (photo) => addressFrom(outDir, photo) });
    sections.push(
      `<section><h2 style="font-size:18px;margin:28px 0 10px">${escapeHtml(query)}</h2>${unknown ? `<p>${escapeHtml(unknown)}</p>` : ''}${grid}</section>`,
    );
    const [best] = hits;
    console.log(`  ${query.padEnd(38)} ${best?.cosine.toFixed(3) ?? '–'}  ${best?.image_url ?? '–'}`);
  }
  await mkdir(outDir, { recursive: true });
  await writeFile(path.join(outDir, 'results.html'), page(clip.identity, notice, sections));
  await client.close();
}

runScript(main);
