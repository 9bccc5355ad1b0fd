import assert from 'node:assert/strict';
import { execFile, type ExecFileException } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findPhotos } from '../lib/photos';
import { repositoryRoot } from '../workshop/settings';
import { readExecuted, shown } from './support/run-notebooks';

let folder: string;
/** No settings, and no hub: the built-in model serves, and nothing large is fetched. */
const env = {
  ...process.env,
  SERVICE_URI: '',
  CLIP_MODEL: '',
  CLIP_DTYPE: '',
  INDEX_NAME: '',
  PHOTOS_DIR: '',
  MODEL_CACHE: '',
  HF_ENDPOINT: 'http://127.0.0.1:9',
};

/** The repository's files, and nothing that set-up has made: what a clone of this work would hold. */
async function copyOfRepository(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'fresh-clone-'));
  const listed = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    maxBuffer: 1e8,
  });
  for (const file of listed.stdout.split('\0').filter(Boolean)) {
    const target = path.join(copy, file);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(path.join(repositoryRoot, file), target).catch((error: unknown) => {
      // Deleted in the working tree, but not in git yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
  return copy;
}

interface Ended {
  exitCode: number;
  stdout: string;
  printed: string;
  seconds: number;
}

function npmRun(...args: string[]): Promise<Ended> {
  const begin = performance.now();
  return new Promise((resolve) => {
    execFile(
      'npm',
      ['run', '--silent', ...args],
      { cwd: folder, env, maxBuffer: 1e8 },
      (error: ExecFileException | null, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        const seconds = (performance.now() - begin) / 1000;
        resolve({ exitCode, stdout, printed: stdout + stderr, seconds });
      },
    );
  });
}

before(async () => {
  folder = await copyOfRepository();
});

after(async () => {
  await npmRun('opensearch', '--', 'wipe');
  await rm(folder, { recursive: true, force: true });
});

describe('in a fresh clone', () => {
  let total: number;
  let first: Ended;

  before(async () => {
    total = (await findPhotos(path.join(folder, 'photos'))).photos.length;
    first = await npmRun('workshop');
    assert.equal(first.exitCode, 0, first.printed);
  });

  test('npm run workshop sets everything up and does the main job, with a summary', () => {
    assert.match(first.printed, /Set-up is complete/);
    assert.match(first.printed, new RegExp(`Index 'photos': ${total} photos, models/pocket-clip`));
    for (const step of ['set-up', '1-prepare', '2-process', '3-run', 'results', 'all']) {
      assert.match(first.printed, new RegExp(`^ +\\d+\\.\\d  ${step}`, 'm'));
    }
  });

  test('results.html holds five queries with three pictures each, and needs no other file', async () => {
    const html = await readFile(path.join(folder, 'out/results.html'), 'utf8');
    assert.equal(html.match(/<section>/g)?.length, 5);
    assert.equal(html.match(/<img /g)?.length, 15);
    assert.equal(html.match(/<img src="data:image\/jpeg;base64,/g)?.length, 15);
    assert.ok(!/<script|<link/i.test(html));
  });

  test('run again, it spends no two seconds on set-up and changes nothing', async () => {
    const again = await npmRun('workshop');
    assert.equal(again.exitCode, 0, again.printed);
    const [, setUpSeconds] = /^ +(\d+\.\d) {2}set-up$/m.exec(again.printed) ?? [];
    assert.ok(Number(setUpSeconds) < 2, again.printed);
    assert.match(again.printed, new RegExp(`Index 'photos': ${total} photos`));

    const out = path.join(folder, 'out');
    const [one, two] = await Promise.all(
      ['1-prepare-opensearch.ipynb', '2-process-and-upload.ipynb'].map((name) => readExecuted(out, name)),
    );
    assert.ok(one && two);
    assert.match(shown(one, 'create').text, new RegExp(`already_there: true,\\s+photos: ${total},`));
    const unchanged = new RegExp(`^indexed\\s+0\\nunchanged\\s+${total}$`, 'm');
    assert.match(shown(two, 'upload').text, unchanged);
    assert.match(shown(two, 'look').text, new RegExp(`^${total} photos; one of them:`));
  });

  test('a cell that fails ends npm run workshop with an error', async () => {
    const file = path.join(folder, '1-prepare-opensearch.ipynb');
    const notebook = await readFile(file, 'utf8');
    assert.ok(notebook.includes('readSettings()'));
    await writeFile(file, notebook.replace('readSettings()', 'readNothing()'));
    const { exitCode, printed } = await npmRun('workshop');
    assert.equal(exitCode, 1, printed);
    assert.match(printed, /readNothing[\s\S]*1-prepare-opensearch\.ipynb failed/);
    assert.doesNotMatch(printed, /2-process-and-upload/);
  });
});
