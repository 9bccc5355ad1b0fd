// npm run ingest -- FOLDER --workers 4 --part 1/2: many photos into the index, by several processes and machines.
import { realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { showNotice } from '../console/notice';
import { createProgress, type Progress } from '../console/progress';
import { ownFolder } from '../further/own-photos/folder';
import { loadClip } from '../lib/clip';
import { RequestError } from '../lib/errors';
import { explainIndex } from '../console/explain-index';
import { indexModel } from '../lib/index-model';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos } from '../lib/photos';
import { uploadTable } from '../console/upload-table';
import { uploadPhotos, type UploadReport } from '../lib/upload';
import { interruptSignal } from '../workshop/interrupt';
import { connectOpenSearch } from '../workshop/opensearch';
import { readCluster } from '../workshop/read-cluster';
import { readSettings, type Settings } from '../workshop/settings';
import { goToCaller } from './go-to-caller';
import { partOf, type Part } from './ingest/part';
import { isWorker, runWorkers, tellParent } from './ingest/workers';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npm run ingest -- FOLDER [--workers 2] [--part 1/3]

  Brings the photos in FOLDER, and below it, into the index of .env, which is made if it is not there: for so many
  photos and this cluster. Run it again after whatever happened: what is in the index stays, the rest follows.

  --workers N   so many processes on this machine (1); each loads the model, and needs 0.5 to 1 GB of memory
  --part I/N    only the I-th of N parts: on N machines, which all see the same FOLDER, start all parts. They know
                nothing of each other, and two with the same part do no harm
  --help`;

interface CommandLine {
  folder: string;
  workers: number;
  part: Part;
}

function readCommandLine(): CommandLine | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '1' },
      part: { type: 'string', default: '1/1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new Error('Give one folder.');
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1) {
    throw new Error(`--workers is ${values.workers}: give a whole number from 1 up.`);
  }
  const [, part = '', parts = ''] = /^(\d+)\/(\d+)$/.exec(values.part) ?? [];
  if (!(Number(part) >= 1 && Number(part) <= Number(parts))) {
    throw new Error(`--part is ${values.part}: give 1/3, 2/3 or 3/3 for three parts.`);
  }
  return { folder, workers, part: { number: Number(part), of: Number(parts) } };
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  goToCaller('ingest');
  const folder = await ownFolder(commandLine.folder);
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  const signal = interruptSignal();
  try {
    const { photos, skipped } = await findPhotos(folder);
    const files = await modelAndIndex(client, settings, photos.length, signal);
    const { part, workers } = commandLine;
    const own = partOf(photos, part);
    const label = part.of > 1 ? `Part ${part.number} of ${part.of}` : 'Photos';
    const progress: Progress = isWorker()
      ? {
          update: (done) => {
            tellParent({ done });
          },
          finish: () => undefined,
        }
      : createProgress({ label, unit: 'photos', total: own.length });
    let report: UploadReport;
    if (workers > 1) {
      report = await runWorkers({ file: __filename, folder, workers, part, progress });
    } else {
      const clip = await loadClip(files);
      const index = settings.indexName;
      const options = { index, clip, limitPixels: settings.limitPixels, signal, progress };
      report = await uploadPhotos(client, { ...options, photos: own });
    }
    if (isWorker()) tellParent({ report });
    else {
      console.log(uploadTable({ ...report, skipped: [...skipped, ...report.skipped] }));
      if (folder !== (await realpath(settings.photosDir))) {
        console.error(`For pictures beside the hits, put this into .env: PHOTOS_DIR=${folder}`);
      }
    }
  } finally {
    await client.close();
  }
}

/** The model that the index names; where there is no index, that of the settings, and an index for so many photos. */
async function modelAndIndex(
  client: Client,
  settings: Settings,
  photos: number,
  signal: AbortSignal,
): Promise<ModelFiles> {
  const index = settings.indexName;
  if (!(await client.indices.exists({ index })).body) {
    const { identity, notice } = await chooseModel(settings, { allowBuiltIn: true });
    if (notice !== undefined) showNotice(notice);
    const size = {
      ...(await readCluster(client)),
      photos,
      native: settings.serviceUri !== undefined,
    };
    try {
      await createPhotoIndex(client, { index, body: photoIndexBody(identity, size) });
      console.error(`Index '${index}' is made for ${photos} photos:\n${explainIndex(identity.dimension, size)}`);
    } catch (error) {
      // Another machine was a little faster.
      if (!(error instanceof RequestError) || error.type !== 'resource_already_exists_exception') throw error;
    }
  }
  return fetchModel(await indexModel(client, index), settings, { signal });
}

runScript(main);
