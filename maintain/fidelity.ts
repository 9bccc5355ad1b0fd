// npx tsx maintain/fidelity.ts: what smaller weights of a CLIP cost in accuracy, measured on your own photos.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { queries } from '../bench/queries';
import type { Dtype, Tower } from '../lib/model/model-config';
import { PhotoSearchError } from '../lib/errors';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { findPhotos } from '../lib/photos';
import { readSettings, type Settings } from '../workshop/settings';
import { photoTable, textTable, type WholeRun } from './fidelity/tables';
import { runTextTower, runVisionTower, type TowerRun } from './fidelity/tower-runs';
import { runScript } from '../tools/run-script';
import { understand, wholeNumber } from '../tools/understand';

const usage = `Usage: npx tsx maintain/fidelity.ts [--model ID] [--photos DIR] [--limit 300]

  --model ID     a CLIP with fp32 weights: id on the hub, or folder (CLIP_MODEL)
  --photos DIR   your photos (PHOTOS_DIR)
  --limit N      how many of them, 2 or more (300)

All weights of the model are downloaded: 1.1 GB for the default model.`;

interface CommandLine {
  model?: string;
  photos?: string;
  limit: number;
}

/** @throws Error saying what is wrong with it */
function readCommandLine(): CommandLine {
  const { values } = parseArgs({
    options: { model: { type: 'string' }, photos: { type: 'string' }, limit: { type: 'string', default: '300' } },
  });
  const limit = wholeNumber('--limit', values.limit);
  if (limit < 2) throw new Error('--limit is 1: write a whole number, 2 or more.');
  return { ...values, limit };
}

/** @throws PhotoSearchError if these weights are unavailable */
async function filesFor(settings: Settings, clipDtype: string): Promise<ModelFiles> {
  const { identity } = await chooseModel({ ...settings, clipDtype });
  if (identity.dtype !== clipDtype) throw new PhotoSearchError(`${identity.model} has ${identity.dtype} only.`);
  return fetchModel(identity, settings);
}

async function exactFiles(settings: Settings): Promise<ModelFiles> {
  try {
    return await filesFor(settings, 'fp32');
  } catch (cause) {
    if (!(cause instanceof PhotoSearchError)) throw cause;
    throw new PhotoSearchError(
      `Fidelity is measured against fp32 weights, which are unavailable: ${cause.message} ` +
        'Another model can be named with --model.',
      { cause },
    );
  }
}

/** A tower with fp32 weights, and with each of the smaller ones that there are; says which there are not. */
async function runTower(
  tower: Tower,
  settings: Settings,
  run: (files: ModelFiles, dtype: Dtype) => Promise<TowerRun>,
): Promise<TowerRun[]> {
  const runs = [await run(await exactFiles(settings), 'fp32')];
  for (const dtype of ['fp16', 'q8'] as const) {
    const dtypes = { text: 'fp32', vision: 'fp32', [tower]: dtype };
    try {
      const files = await filesFor(settings, `text=${dtypes.text},vision=${dtypes.vision}`);
      runs.push(await run(files, dtype));
    } catch (error) {
      if (!(error instanceof PhotoSearchError)) throw error;
      console.error(`Without ${dtype} for the ${tower} tower: ${error.message}`);
    }
  }
  return runs;
}

/** The photos that every run could use: a photo that can't be read has no vector in any of them. */
function usedByAll(runs: TowerRun[]): WholeRun[] {
  return runs.map((run) => ({
    ...run,
    vectors: run.vectors.flatMap((vector, i) => (vector && runs.every(({ vectors }) => vectors[i]) ? [vector] : [])),
  }));
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const read = readSettings();
  const { model = read.clipModel, photos: photosDir, limit } = commandLine;
  const settings = Object.assign(read, { clipModel: model });
  const found = await findPhotos(photosDir === undefined ? read.photosDir : path.resolve(photosDir));
  const files = found.photos.slice(0, limit).map((photo) => photo.path);

  const vision = usedByAll(await runTower('vision', settings, (model, dtype) => runVisionTower(model, dtype, files)));
  const count = vision[0]?.vectors.length ?? 0;
  if (count < 2) {
    throw new PhotoSearchError(
      `${count} of ${files.length} photos can be used, and 2 are needed to compare: name another folder with --photos.`,
    );
  }
  const text = usedByAll(await runTower('text', settings, (model, dtype) => runTextTower(model, dtype, queries)));
  console.log(`\n${model ?? 'The default model'}, ${count} photos\n`);
  console.log(`Each photo as a query for the others:\n\n${photoTable(vision)}`);
  console.log(`${queries.length} texts as queries for the photos:\n\n${textTable(vision, text)}`);
}

runScript(main);
