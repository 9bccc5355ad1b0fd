// npm run ingest -- FOLDER|LIST --workers 4 --part 1/2: many photos into the index, by several processes and machines.
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
import { showNotice } from '../console/notice';
import { createProgress, type Progress } from '../console/progress';
import { addCredits } from './photos/credits';
import { withFileLock } from '../download/file-lock';
import { writeWhole } from '../download/write-whole';
import { absoluteFolder, ownFolder } from '../further/own-photos/own-folder';
import { noPhotos } from '../further/own-photos/own-photos';
import { passedOverLines } from '../further/own-photos/passed-over';
import { loadClip } from '../lib/clip';
import { PhotoSearchError } from '../lib/errors';
import { explainIndex } from '../console/explain-index';
import { indexModel } from '../lib/opensearch/index-model';
import { createPhotoIndex, photoIndexBody } from '../lib/photo-index';
import { findPhotos, type FoundPhotos, type Photo, photoFile, type SkippedPhoto } from '../lib/photos';
import type { PhotoDocument } from '../lib/opensearch/photo-document';
import { uploadTable } from '../console/upload-table';
import { UploadError, uploadPhotos, type UploadReport } from '../lib/upload';
import { interruptSignal } from '../workshop/interrupt';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readCluster } from '../workshop/read-cluster';
import { readSettings, repositoryRoot, type Settings } from '../workshop/settings';
import { bytesFetcher } from './ingest/fetch-bytes';
import { ingestList } from './ingest/ingest-list';
import { partOf, type Part } from './ingest/part';
import { widthFor } from './ingest/photo-jpeg';
import { type GivenColumns, listColumns, type PhotoList, readPhotoList } from './ingest/photo-list';
import { endWithParent, isWorker, runWorkers, tellParent } from './ingest/workers';
import { runScript } from './run-script';
import { understand, wholeNumber } from './understand';

const usage = `Usage: npm run ingest -- FOLDER|LIST [--workers 2] [--part 1/3] [--keep] [--column FIELD=NAME]

  Uploads the photos in FOLDER and its subfolders to the index INDEX_NAME (.env). A FOLDER other than PHOTOS_DIR needs
  an index of its own. A missing index is made, to fit the number of photos and the cluster. If anything interrupts it,
  run it again: it continues with what is missing.
  LIST is a TSV or CSV file with a photo's address in each line, such as Unsplash's research datasets: docs/scaling.md.

  --workers N   the number of processes on this machine (1); each loads the model, and needs 0.5 to 1 GB of memory
  --part I/N    only the I-th of N parts: start one part on each of N machines that see the same FOLDER. They don't
                communicate, and running a part twice does no harm
  For a LIST, whose photos are saved as JPEGs ${widthFor(0)} pixels wide in a folder below PHOTOS_DIR:
  --keep        keeps the photos in full size
  --column FIELD=NAME   take FIELD from column NAME: ${Object.keys(listColumns).join(', ')}; may be repeated
  --per-host N  at most N requests to one host at a time, for all workers together (4); at least one a worker
  --allow-private HOST  fetches from HOST even if it is this machine or in its network; may be repeated
  --help`;

type CommandLine = ReturnType<typeof readCommandLine>;

function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '1' },
      part: { type: 'string', default: '1/1' },
      keep: { type: 'boolean', default: false },
      column: { type: 'string', multiple: true, default: [] },
      'per-host': { type: 'string', default: '4' },
      'allow-private': { type: 'string', multiple: true, default: [] },
    },
  });
  const [from, ...more] = positionals;
  if (from === undefined || more.length > 0) throw new Error('Give one folder or one list.');
  const [, part = '', parts = ''] = /^(\d+)\/(\d+)$/.exec(values.part) ?? [];
  if (!(Number(part) >= 1 && Number(part) <= Number(parts))) {
    throw new Error(`--part is ${values.part}: give 1/3, 2/3 or 3/3 for three parts.`);
  }
  const columns: GivenColumns = {};
  for (const given of values.column) {
    const [, field = '', name = ''] = /^(\w+)=(.+)$/.exec(given) ?? [];
    if (!(field in listColumns)) {
      throw new Error(`--column is ${given}: give ${Object.keys(listColumns).join(', ')}, then = and a column's name.`);
    }
    columns[field as keyof GivenColumns] = name;
  }
  return {
    from,
    workers: wholeNumber('--workers', values.workers),
    part: { number: Number(part), of: Number(parts) },
    perHost: wholeNumber('--per-host', values['per-host']),
    keep: values.keep,
    allowPrivate: values['allow-private'],
    columns,
  };
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  if (isWorker()) endWithParent();
  const settings = readSettings();
  const source = await readSource(commandLine, settings);
  const client = await connectOpenSearch(settings);
  const signal = interruptSignal();
  try {
    if (source.folder !== undefined && !isWorker()) await requireOwnIndex(client, source.folder, settings);
    const files = await modelAndIndex(client, settings, source.photos.length, signal);
    const { part, workers, perHost, allowPrivate, keep } = commandLine;
    const own = partOf(source.photos, part);
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
    let refused: UploadError | undefined;
    try {
      if (workers > 1) {
        // The last value of each option counts; the workers share what one host may be asked.
        const shared = ['--workers', '1', '--per-host', String(Math.max(1, Math.floor(perHost / workers)))];
        const words = [...process.argv.slice(2), ...shared];
        report = await runWorkers({ file: __filename, words, workers, part, signal, progress });
      } else {
        const clip = await loadClip(files);
        const upload = { index: settings.indexName, clip, limitPixels: settings.limitPixels, signal, progress };
        if (source.list) {
          const fetchBytes = bytesFetcher({ perHost, allowPrivate, signal });
          report = await ingestList(client, { ...upload, photos: partOf(source.list.photos, part), fetchBytes, keep });
        } else report = await uploadPhotos(client, { ...upload, photos: own });
      }
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      refused = error;
      report = error.report;
    }
    if (isWorker()) tellParent({ report });
    else await tell({ ...report, skipped: [...source.skipped, ...report.skipped] }, source, settings, part);
    if (refused) throw refused;
  } finally {
    await client.close();
  }
}

interface Source {
  photos: Photo[];
  skipped: SkippedPhoto[];
  /** The photos' folder, undefined for a list. */
  folder?: string;
  /** In a folder, by kind, see `findPhotos`. */
  passedOver?: FoundPhotos['passedOver'];
  list?: PhotoList;
}

async function readSource(
  { from, columns, workers, perHost }: CommandLine,
  { photosDir, indexName }: Settings,
): Promise<Source> {
  const file = absoluteFolder(from);
  if ((await stat(file).catch(() => undefined))?.isFile() !== true) {
    const folder = await ownFolder(from);
    if (indexName === 'photos' && folder !== (await realpath(photosDir))) {
      throw indexOfOthers(indexName, photosDir, folder);
    }
    const found = await findPhotos(folder);
    if (found.photos.length === 0) throw noPhotos(folder, found);
    if (found.notice !== undefined && !isWorker()) showNotice(found.notice);
    return { ...found, folder };
  }
  if (photosDir === path.join(repositoryRoot, 'photos')) {
    throw new PhotoSearchError(
      'The photos of a list need a folder of their own. Make one, and name it in .env: ' +
        'PHOTOS_DIR=listed, and an index for it: INDEX_NAME=listed.',
    );
  }
  if (workers > perHost) {
    throw new PhotoSearchError(
      `${workers} workers can't share ${perHost} request${perHost === 1 ? '' : 's'} at a time to one host: ` +
        'give fewer --workers, or more --per-host.',
    );
  }
  const list = await readPhotoList(file, await realpath(photosDir), columns);
  if (!isWorker()) {
    // For whoever finds the photos in their folder, such as notebook 2.
    const credits = Object.fromEntries(list.photos.map(({ name, credit }) => [name, credit]));
    await withFileLock(path.join(photosDir, '.credits.lock'), () => addCredits(photosDir, credits));
  }
  return { photos: list.photos, skipped: list.skipped, list };
}

function indexOfOthers(index: string, photosDir: string, folder: string): PhotoSearchError {
  return new PhotoSearchError(
    `Index '${index}' is for the photos in ${photosDir}: give those in ${folder} an index of their own, ` +
      'INDEX_NAME=holiday for example.',
  );
}

/**
 * Refuses an index that has been filled from another folder, PHOTOS_DIR: a photo of the same name would replace that
 * folder's, and one of the same content would count as that one renamed.
 *
 * @throws PhotoSearchError if the index has photos that are in PHOTOS_DIR, but not in `folder`
 */
async function requireOwnIndex(client: Client, folder: string, { photosDir, indexName }: Settings): Promise<void> {
  const asked = { index: indexName, ignore_unavailable: true, body: { size: 100, _source: ['image_url'] } };
  const { hits } = (await client.search(asked)).body.hits;
  let [ours, others] = [0, 0];
  for (const { _source } of hits) {
    const { image_url } = (_source ?? {}) as Partial<PhotoDocument>;
    if ((await photoFile(folder, image_url)) !== undefined) ours++;
    else if ((await photoFile(photosDir, image_url)) !== undefined) others++;
  }
  // Two cameras give their photos the same names, and some may have been deleted here.
  if (others > ours) throw indexOfOthers(indexName, photosDir, folder);
}

/** Says what became of all photos; for a list, a file names each that is missing. */
async function tell(
  report: UploadReport,
  { folder, list, passedOver }: Source,
  { photosDir, indexName }: Settings,
  part: Part,
): Promise<void> {
  console.log(uploadTable(report));
  for (const line of passedOverLines(passedOver ?? {})) console.log(line);
  if (list) {
    const suffix = part.of > 1 ? `-${part.number}-of-${part.of}` : '';
    const file = path.join(photosDir, `${list.folder}-skipped${suffix}.tsv`);
    const lines = [...report.skipped, ...report.dropped].map(({ imageUrl, reason }) => `${imageUrl}\t${reason}\n`);
    await writeWhole(file, lines.join(''));
    if (lines.length > 0) console.error(`All rows that were left out, with reasons: ${file}`);
  } else if (folder !== (await realpath(photosDir))) {
    const lines = `PHOTOS_DIR=${folder ?? ''}\nINDEX_NAME=${indexName}`;
    console.error(`To search them, with pictures next to the hits, put these two lines into .env:\n${lines}`);
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
  let told: string | undefined;
  if (!(await client.indices.exists({ index })).body) {
    const { identity, notice } = await chooseModel(settings, { allowBuiltIn: true });
    if (notice !== undefined) showNotice(notice);
    told = notice;
    const size = { ...(await readCluster(client, settings)), photos };
    const created = await createPhotoIndex(client, { index, body: photoIndexBody(identity, size) });
    if (!('already_there' in created)) {
      console.error(`Index '${index}' is made for ${photos} photos:\n${explainIndex(identity.dimension, size)}`);
    }
  }
  const files = await fetchModel(await indexModel(client, index), settings, { signal });
  if (files.notice !== undefined && told === undefined && !isWorker()) showNotice(files.notice);
  return files;
}

runScript(main);
