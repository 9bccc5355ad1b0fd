// npx tsx bench/pgvector.ts: the page beside the app with PostgreSQL and pgvector. docs/app.md has the outcome.
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { folderIdentity } from '../clip-model/folder-identity';
import { createPhotoIndex, findPhotos, loadClip, photoIndexBody, uploadPhotos } from '../lib/index';
import { runScript } from '../tools/run-script';
import { connectOpenSearch, readSettings, repositoryRoot } from '../workshop/index';
import { load, newSearch, oneVisitor, type Load } from './app/load';
import { startPageProcess } from './app/page-process';
import { describeMachine } from './describe-machine';
import { makePhotos } from './make-photos';
import { writePart } from './markdown';
import { startOwnNode } from './own-node';
import { startPgvectorApp } from './pgvector/start-app';
import { prepareModel, preparePython } from './prepare';
import { processMemory } from './process-figures';

const index = 'bench-pgvector';
const visitors = { connections: 50, seconds: 20 };

interface Side {
  /** For 1,000 photos to become searchable. */
  fillSeconds: number;
  /** One visitor, each text new. */
  ms: { p50: number; p95: number };
  /** 50 visitors, each text new. */
  manyVisitors: Load;
  /** After that, all processes together. */
  memoryMb: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string', default: '1000' },
      work: { type: 'string', default: path.join(repositoryRoot, 'bench', '.work') },
      python: { type: 'string' },
      model: { type: 'string' },
      out: { type: 'string', default: path.join(repositoryRoot, 'bench', 'results-pgvector.json') },
    },
  });
  await mkdir(values.work, { recursive: true });
  const python = values.python ?? (await preparePython(values.work));
  const model = path.resolve(values.model ?? (await prepareModel(values.work, python)));
  const photosDir = path.join(values.work, `photos-${values.photos}`);
  const files = await makePhotos(photosDir, Number(values.photos));
  const list = path.join(values.work, 'photos.json');
  await writeFile(list, JSON.stringify(files));
  const results = {
    machine: await describeMachine(python),
    photos: files.length,
    loadAverageBefore: os.loadavg()[0] ?? NaN,
    pgvector: await pgvectorSide(list, python, model),
    page: await pageSide(photosDir, model),
  };
  await writeFile(values.out, `${JSON.stringify(results, null, 2)}\n`);
  await writePart(path.join(repositoryRoot, 'docs', 'app.md'), 'npx tsx bench/pgvector.ts', tableOf(results));
  console.log(results);
}

function tableOf(results: { photos: number; loadAverageBefore: number; pgvector: Side; page: Side }): string {
  const { photos, loadAverageBefore, pgvector, page } = results;
  const row = (name: string, value: (side: Side) => string | number) =>
    `| ${name} | ${value(page)} | ${value(pgvector)} |`;
  return [
    `| ${photos} photos | This page | The app with pgvector |`,
    '| --- | --- | --- |',
    row('from the first photo to the last in the index, s', ({ fillSeconds }) => fillSeconds),
    row('one visitor, each text new: p50, p95, ms', ({ ms }) => `${ms.p50}, ${ms.p95}`),
    row('50 visitors, each text new: answers a second', ({ manyVisitors }) => manyVisitors.perSecond),
    row('p99 of these, ms', ({ manyVisitors }) => manyVisitors.p99),
    row('memory after that, MB', ({ memoryMb }) => memoryMb),
    '| processes | page, OpenSearch | page, CLIP, PostgreSQL |',
    '| containers | none | three, and the database |',
    '',
    `Load average of the machine (1 minute) before: ${loadAverageBefore.toFixed(1)}.`,
  ].join('\n');
}

/** The app's own steps: a form with a text is sent, a page with four photos comes back. */
async function pgvectorSide(list: string, python: string, model: string): Promise<Side> {
  const app = await startPgvectorApp(python, model);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const form = (path: string) => ({
    ...{ method: 'POST' as const, path: '/search_form', headers },
    body: path.replace('/api/search?q=', 'search_text='),
  });
  try {
    const begin = performance.now();
    await app.fill(list);
    const fillSeconds = Math.round((performance.now() - begin) / 1000);
    const ms = await oneVisitor(app.url, form);
    const manyVisitors = await load(app.url, visitors, newSearch, form);
    return { fillSeconds, ms, manyVisitors, memoryMb: await processMemory(app.pids) };
  } finally {
    await app.close();
  }
}

/** The page's: the verdict and 24 photos come back. */
async function pageSide(photosDir: string, model: string): Promise<Side> {
  const { url: serviceUri, pid, close } = await startOwnNode();
  try {
    const client = await connectOpenSearch({ ...readSettings({}, ''), serviceUri });
    const begin = performance.now();
    const identity = await folderIdentity(model);
    const clip = await loadClip({ folder: model, identity });
    await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
    const { photos } = await findPhotos(photosDir);
    await uploadPhotos(client, { index, clip, photos });
    const fillSeconds = Math.round((performance.now() - begin) / 1000);
    await clip.dispose();
    await client.close();
    const page = await startPageProcess(index, serviceUri, { model });
    try {
      const ms = await oneVisitor(page.url);
      const manyVisitors = await load(page.url, visitors, newSearch);
      return { fillSeconds, ms, manyVisitors, memoryMb: await processMemory([pid, page.pid]) };
    } finally {
      await page.close();
    }
  } finally {
    close();
  }
}

runScript(main);
