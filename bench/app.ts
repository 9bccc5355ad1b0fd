// npm run bench:app: the page under load. bench/results-app.json has the outcome, docs/app.md what limits it.
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtInFolder } from '../clip-model/built-in-model';
import { folderIdentity } from '../clip-model/folder-identity';
import { createPhotoIndex, findPhotos, loadClip, photoIndexBody, searchPhotos, uploadPhotos } from '../lib/index';
import { runScript } from '../tools/run-script';
import { connectOpenSearch, readSettings, repositoryRoot } from '../workshop/index';
import { load, newSearch, oneVisitor, someSearch } from './app/load';
import { startPageProcess } from './app/page-process';
import { describeMachine } from './describe-machine';
import { startOwnNode } from './own-node';

const index = 'bench-app';
const visitors = 50;
/** Of the shorter measurements, in seconds. */
const short = 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      out: { type: 'string', default: path.join(repositoryRoot, 'bench', 'results-app.json') },
    },
  });
  const { url: serviceUri, close } = await startOwnNode();
  try {
    const results = await measure(serviceUri, 60 * Number(values.minutes));
    await writeFile(values.out, `${JSON.stringify(results, null, 2)}\n`);
    console.log(results);
  } finally {
    close();
  }
}

/** @param seconds of the longest measurement */
async function measure(serviceUri: string, seconds: number) {
  const settings = { ...readSettings({}, ''), serviceUri };
  const client = await connectOpenSearch(settings);
  const identity = await folderIdentity(builtInFolder);
  const clip = await loadClip({ folder: builtInFolder, identity });
  await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
  const { photos } = await findPhotos(settings.photosDir);
  await uploadPhotos(client, { index, clip, photos });
  const page = await startPageProcess(index, serviceUri);
  try {
    return {
      machine: await describeMachine(''),
      photos: photos.length,
      loadAverageBefore: os.loadavg()[0],
      oneVisitor: await oneVisitor(page.url),
      manyVisitors: await manyVisitors(seconds),
      allNewTexts: await load(page.url, { connections: visitors, seconds: short }, newSearch),
      oneText: await load(page.url, { connections: visitors, seconds: short }, () => '/api/search?q=dog'),
      pictures: await load(page.url, { connections: visitors, seconds: short }, somePicture),
      alone: { textsPerSecond: await texts(), searchesPerSecond: await searches() },
    };
  } finally {
    await page.close();
    await client.close();
  }

  /** Memory is looked at every ten seconds. */
  async function manyVisitors(seconds: number) {
    const memory: number[] = [];
    const timer = setInterval(() => memory.push(Math.round(page.memory())), 10_000);
    try {
      return { ...(await load(page.url, { connections: visitors, seconds }, someSearch)), memory };
    } finally {
      clearInterval(timer);
    }
  }

  function somePicture(): string {
    const { id } = photos[Math.floor(Math.random() * photos.length)] ?? { id: '' };
    return `/api/photos/${encodeURIComponent(id)}/thumb`;
  }

  /** The two that a search waits for, without the page. */
  async function texts(): Promise<number> {
    return perSecond(async () => {
      await clip.embedText(decodeURIComponent(newSearch()).slice('/api/search?q='.length));
    });
  }
  async function searches(): Promise<number> {
    const vector = await clip.embedText('a dog');
    const four = [1, 2, 3, 4];
    return 4 * (await perSecond(() => Promise.all(four.map(() => searchPhotos(client, { index, vector, k: 24 })))));
  }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  let done = 0;
  for (; performance.now() - begin < 10_000; done++) await work();
  return Math.round((1000 * done) / (performance.now() - begin));
}

runScript(main);
