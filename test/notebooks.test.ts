import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { findPhotos } from '../lib/photos';
import { isCode, notebookNames, sourceOf, type Notebook } from '../maintain/notebook-cells';
import { checkExpectation, expectedOutputs } from './support/expected-outputs';
import { assertSensible, readExecuted, root, runNotebooks, shown, writeNotebook } from './support/run-notebooks';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-notebooks-photos';
let out: string;
let env: NodeJS.ProcessEnv;
let deleteIndexes: () => Promise<unknown>;

before(async () => {
  out = await mkdtemp(path.join(tmpdir(), 'notebooks-'));
  const url = await testOpenSearchUrl();
  deleteIndexes = () => fetch(`${url}/${index},${index}-*`, { method: 'DELETE' });
  // No hub: the built-in model serves, and nothing large is fetched.
  const model = { HF_ENDPOINT: 'http://127.0.0.1:9', MODEL_CACHE: path.join(out, 'models'), CLIP_MODEL: '' };
  const photos = { INDEX_NAME: index, PHOTOS_DIR: path.join(root, 'photos') };
  env = { SERVICE_URI: url, ...photos, ...model, CLIP_DTYPE: '', CA_CERT: '' };
  await deleteIndexes();
});

after(async () => {
  await deleteIndexes();
  await rm(out, { recursive: true, force: true });
});

/** Runs notebooks in order on the kernel; none may fail. */
async function execute(names: string[], outDir: string, more: NodeJS.ProcessEnv = {}): Promise<Map<string, Notebook>> {
  const files = names.map((name) => path.join(root, name));
  const { exitCode, printed } = await runNotebooks(files, outDir, { ...env, ...more });
  assert.equal(exitCode, 0, printed);
  return new Map(await Promise.all(names.map(async (name) => [name, await readExecuted(outDir, name)] as const)));
}

test('all notebooks, run in order: each cell shows what the text before it says to expect, every link and picture leads to something that is there', async () => {
  const total = (await findPhotos(path.join(root, 'photos'))).photos.length;
  const notebooks = await execute(await notebookNames(root), out);
  const { count } = (await (await fetch(`${env.SERVICE_URI}/${index}/_count`)).json()) as { count: number };
  assert.equal(count, total, 'the bonus notebooks leave the photos as they are');
  const expected = expectedOutputs(index, total);
  assert.deepEqual(Object.keys(expected), [...notebooks.keys()]);
  for (const [name, notebook] of notebooks) {
    const code = notebook.cells.filter(isCode);
    assert.deepEqual(
      Object.keys(expected[name] ?? {}),
      code.map(({ id }) => id),
      name,
    );
    for (const [id, expectation] of Object.entries(expected[name] ?? {})) {
      await assert.doesNotReject(checkExpectation(shown(notebook, id), expectation), `${name}, ${id}`);
    }
    for (const cell of code) {
      assert.equal(shown(notebook, cell.id).stderr, '', `${name} ${cell.id}`);
      assert.equal(typeof cell.execution_count, 'number', `${name} ${cell.id}`);
    }
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
});

test('with an empty index every cell of notebook 3 and of the bonus ones says why it has nothing to show', async () => {
  const photosDir = path.join(out, 'none');
  await mkdir(photosDir);
  const sentences: Record<string, Record<string, RegExp>> = {
    '1-prepare-opensearch.ipynb': {},
    '3-run-vector-search.ipynb': {
      search: /No photos found/,
      score: /Photos in the index: 0\. A spread needs two/,
      photo: /nothing to ask with/,
    },
    'further/4-scores-combinations-filters.ipynb': {
      verdict: /holds no photos yet/,
      'five-texts': /no photos/,
      plus: /No photos found.*No photos found/,
      'filter-places': /inside: 0 photos/,
    },
    'further/5-own-photos-duplicates-map.ipynb': { map: /No photos found/ },
    'further/6-how-good-and-how-exact.ipynb': {
      judged: /^0 of the 81 judged photos/,
      measure: /Nobody has judged/,
      exact: /Fewer than 10 photos/,
    },
  };
  const empty = { PHOTOS_DIR: photosDir, INDEX_NAME: `${index}-none` };
  for (const [name, notebook] of await execute(Object.keys(sentences), path.join(out, 'empty'), empty)) {
    assertSensible(notebook);
    for (const [id, sentence] of Object.entries(sentences[name] ?? {})) {
      const { text, html } = shown(notebook, id);
      assert.match(text + html, sentence, id);
    }
  }
});

for (const [what, source, message] of [
  ['that fails', `throw new Error('one of mine')`, /one of mine/],
  [
    'where a promise that nobody awaits is rejected',
    `setTimeout(() => { void Promise.reject(new Error('lost')); }, 50); 1`,
    /lost/,
  ],
  ['that does not compile', `const n: number = 'x';`, /not assignable/],
  [
    'in which the kernel is killed (-9)',
    `process.kill(process.pid, 'SIGKILL'); await new Promise(() => undefined);`,
    /The kernel stopped in the middle of a cell\..*CLIP_DTYPE=q8/s,
  ],
] as const) {
  test(`a cell ${what} ends the run, with its message`, async () => {
    const file = await writeNotebook(path.join(out, 'failing.ipynb'), [source, `console.log('goes on')`]);
    const { exitCode, printed } = await runNotebooks([file], path.join(out, 'failed'), env);
    assert.equal(exitCode, 1);
    assert.match(printed, message);
  });
}

test('a sentence about what was waited for vanishes once that is over, well or not', async () => {
  const source = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { showNotice } from './console/notice';
    showNotice('stays');
    showNotice('waiting', sleep(50));
    showNotice('waiting in vain', sleep(50).then(() => { throw new Error('gone'); }));
    await sleep(300);`;
  const file = await writeNotebook(path.join(out, 'notices.ipynb'), [source]);
  const executed = path.join(out, 'notices');
  const { exitCode, printed } = await runNotebooks([file], executed, env);
  assert.equal(exitCode, 0, printed);
  const { html } = shown(await readExecuted(executed, file), 'c0');
  assert.match(html, />stays</);
  assert.doesNotMatch(html, /waiting/);
});
