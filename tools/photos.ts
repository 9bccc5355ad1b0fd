// npm run photos: fetches the 1,000 photos of the original workshop, for whoever wants more than 81.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DownloadError } from '../download/error';
import { formatBytes } from '../console/units';
import { showNotice } from '../console/notice';
import { interruptSignal } from '../workshop/interrupt';
import { createProgress } from '../console/progress';
import { repositoryRoot } from '../workshop/settings';
import { assertWebAddress } from '../workshop/settings/setting-checks';
import { unsplashLicence } from './photos/credits';
import { fetchPhotos } from './photos/fetch-photos';
import { originalPhotos } from './photos/original-photos';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npm run photos [-- FOLDER]

  Fetches the 1,000 photos of the original workshop (42 MB) from its repository on GitHub
  into photos-1000, or FOLDER. If it is interrupted, run it again: it continues.
  GITHUB_ENDPOINT in the environment names a mirror of https://github.com.`;

const gitHub = 'https://github.com';

/** @throws PhotoSearchError if GITHUB_ENDPOINT is not a web address, or holds a user or password */
function githubEndpoint(): string {
  const endpoint = (process.env.GITHUB_ENDPOINT ?? '').trim().replace(/\/+$/, '');
  if (endpoint === '') return gitHub;
  assertWebAddress('GITHUB_ENDPOINT', endpoint, gitHub);
  return endpoint;
}

/** @throws Error saying what is wrong with it */
function readCommandLine() {
  const [folder = path.join(repositoryRoot, 'photos-1000'), ...more] = parseArgs({
    allowPositionals: true,
  }).positionals;
  if (more.length > 0) throw new Error('Give one folder, in quotes if there are spaces in its name.');
  return { folder };
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const folder = path.resolve(commandLine.folder);
  const list = await originalPhotos();
  const endpoint = githubEndpoint();
  const total = list.photos.reduce((sum, { size }) => sum + size, 0);
  const progress = createProgress({ label: 'Photos', unit: 'bytes', total });
  const signal = interruptSignal();
  let fetched: number;
  try {
    fetched = await fetchPhotos(list, folder, { endpoint, progress, onNotice: showNotice, signal });
    progress.finish();
  } catch (error) {
    progress.finish(error instanceof DownloadError ? 'stopped' : undefined);
    throw error;
  }
  const isBelow = folder.startsWith(repositoryRoot + path.sep);
  const place = isBelow ? path.relative(repositoryRoot, folder) : folder;
  console.log(`${list.photos.length} photos, ${formatBytes(total)}, in ${place}${fetched === 0 ? ', as they were' : ''}.

They come from Unsplash (a file's name is the photo's id there), under its licence: ${unsplashLicence.url}
Each photo's page names the photographer, as in https://unsplash.com/photos/-9cV7wTi--Y
These links are in credits.json; a search shows them below each photo.

Next: put these two lines into .env, then run notebooks 1, 2 and 3.
PHOTOS_DIR=${place}
INDEX_NAME=photos-1000`);
}

runScript(main);
