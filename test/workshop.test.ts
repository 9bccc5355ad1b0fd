import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { findPhotos } from '../lib/photos';
import { furtherNotebooks, isCode, sourceOf } from '../maintain/notebook-cells';
import { repositoryRoot } from '../workshop/settings';
import { checkExpectation, expectedOutputs } from './support/expected-outputs';
import { readExecuted, runNotebooks, shown } from './support/run-notebooks';
import { runToEnd } from './support/run-tool';

let folder: string;
let out: string;
let total: number;
/** No settings, and no hub: the built-in model serves, and nothing large is fetched. */
const env = {
  ...{ SERVICE_URI: '', CLIP_MODEL: '', CLIP_DTYPE: '', INDEX_NAME: '', PHOTOS_DIR: '', MODEL_CACHE: '' },
  HF_ENDPOINT: 'http://127.0.0.1:9',
};

async function npmRun(...args: string[]): Promise<{ code: unknown; printed: string }> {
  const { code, stdout, stderr } = await runToEnd('npm', ['run', '--silent', ...args], { cwd: folder, env });
  return { code, printed: stdout + stderr };
}

/** The repository's files, and nothing that set-up has made: what a clone of this work would hold. */
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fresh-clone-'));
  out = path.join(folder, 'out');
  const git = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', git, { cwd: repositoryRoot, encoding: 'utf8', maxBuffer: 1e8 });
  for (const file of files.split('\0').filter((name) => existsSync(path.join(repositoryRoot, name)) && name !== '')) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await copyFile(path.join(repositoryRoot, file), path.join(folder, file));
  }
  total = (await findPhotos(path.join(folder, 'photos'))).photos.length;
});

after(async () => {
  await npmRun('opensearch', '--', 'wipe');
  await rm(folder, { recursive: true, force: true });
});

test('in a fresh clone npm run workshop sets everything up and does the main job, with a summary and a page that needs no other file', async () => {
  const { code, printed } = await npmRun('workshop');
  assert.equal(code, 0, printed);
  assert.match(printed, /Set-up is complete/);
  assert.match(printed, new RegExp(`Index 'photos': ${total} photos, models/pocket-clip`));
  for (const step of ['set-up', '1-prepare', '2-process', '3-run', 'results', 'all']) {
    assert.match(printed, new RegExp(`^ +\\d+\\.\\d  ${step}`, 'm'));
  }
  const html = await readFile(path.join(out, 'results.html'), 'utf8');
  assert.equal(html.match(/<section>/g)?.length, 5);
  assert.equal(html.match(/<img /g)?.length, 15);
  assert.equal(html.match(/<img src="data:image\/jpeg;base64,/g)?.length, 15);
  assert.ok(!/<script|<link/i.test(html));
});

test('after the bonus notebooks too, each cell shows what the text before it says to expect, every link and picture leads to something that is there, and the photos are as they were', async () => {
  const further = (await furtherNotebooks(folder)).map((name) => path.join(folder, name));
  const { exitCode, printed } = await runNotebooks(further, out, env, folder);
  assert.equal(exitCode, 0, printed);
  for (const [name, expectations] of Object.entries(expectedOutputs('photos', total))) {
    const notebook = await readExecuted(out, name);
    const code = notebook.cells.filter(isCode);
    const ids = code.map(({ id }) => id);
    assert.deepEqual(Object.keys(expectations), ids, name);
    for (const { id, execution_count } of code) {
      const cell = shown(notebook, id);
      await assert.doesNotReject(checkExpectation(cell, expectations[id] ?? []), `${name}, ${id}`);
      assert.equal(cell.stderr, '', `${name} ${id}`);
      assert.equal(typeof execution_count, 'number', `${name} ${id}`);
    }
    const told = ids.filter((id) => /This is the built-in model/.test(Object.values(shown(notebook, id)).join()));
    assert.ok(told.length <= 1 && (told.length === 1 || !/^[123]/.test(name)), `${name} tells it in ${told.join()}`);
    for (const cell of notebook.cells) {
      const links = isCode(cell)
        ? shown(notebook, cell.id).html.matchAll(/href="([^"]*)"/g)
        : sourceOf(cell).matchAll(/\]\(([^)]*)\)/g);
      for (const [, link = ''] of links) {
        const file = decodeURIComponent(link.replace(/#.*/, ''));
        assert.ok(/^(https?:|#)/.test(link) || existsSync(path.join(out, file)), `${name}: ${link}`);
      }
    }
  }
  execFileSync('diff', ['-r', '--exclude=.*', path.join(repositoryRoot, 'photos'), path.join(folder, 'photos')]);
});

test('run again, it sets nothing up, and keeps the index with its photos; a cell that does not compile ends it with an error', async () => {
  const file = path.join(folder, '1-prepare-opensearch.ipynb');
  const notebook = await readFile(file, 'utf8');
  assert.ok(notebook.includes('indices.getMapping('));
  await writeFile(file, notebook.replace('indices.getMapping(', 'indices.getNothing('));
  await rm(path.join(out, 'results.html'));
  const { code, printed } = await npmRun('workshop');
  assert.equal(code, 1, printed);
  assert.doesNotMatch(printed, /Setting up|Set-up/);
  assert.match(printed, /getNothing[\s\S]*1-prepare-opensearch\.ipynb failed/);
  assert.ok(!existsSync(path.join(out, 'results.html')));
  const first = await readExecuted(out, '1-prepare-opensearch.ipynb');
  assert.match(shown(first, 'create').text, new RegExp(`already_there: true,\\s+photos: ${total},`));
});
