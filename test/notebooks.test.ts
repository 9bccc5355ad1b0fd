import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPhotos } from '../lib/photos';
import { isCode, notebookNames, sourceOf } from '../maintain/notebook-cells';
import { checkExpectation, expectedOutputs } from './support/expected-outputs';
import { assertSensible, readExecuted, root, runNotebooks, shown, type NotebookRun } from './support/run-notebooks';
import { testOpenSearchUrl } from './support/test-opensearch';

const index = 'test-notebooks-photos';
let out: string;
let url: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  out = await mkdtemp(path.join(tmpdir(), 'notebooks-'));
  url = await testOpenSearchUrl();
  env = {
    SERVICE_URI: url,
    INDEX_NAME: index,
    PHOTOS_DIR: path.join(root, 'photos'),
    // No hub: the built-in model serves, and nothing large is fetched.
    HF_ENDPOINT: 'http://127.0.0.1:9',
    MODEL_CACHE: path.join(out, 'models'),
    CLIP_MODEL: '',
    CLIP_DTYPE: '',
    CA_CERT: '',
  };
  await fetch(`${url}/${index},${index}-*`, { method: 'DELETE' });
});

after(async () => {
  await fetch(`${url}/${index},${index}-*`, { method: 'DELETE' });
  await rm(out, { recursive: true, force: true });
});

describe('all notebooks, run in order on the kernel', () => {
  let total: number;
  let names: string[];

  before(async () => {
    total = (await findPhotos(path.join(root, 'photos'))).photos.length;
    names = await notebookNames(root);
    const files = names.map((name) => path.join(root, name));
    const { exitCode, printed } = await runNotebooks(files, out, env);
    assert.equal(exitCode, 0, printed);
  });

  test('each cell shows what the text before it says to expect', async () => {
    const expected = expectedOutputs(index, total);
    assert.deepEqual(Object.keys(expected), names);
    for (const [name, cells] of Object.entries(expected)) {
      const notebook = await readExecuted(out, name);
      const ids = notebook.cells.filter(isCode).map(({ id }) => id);
      assert.deepEqual(Object.keys(cells), ids, name);
      for (const [id, expectation] of Object.entries(cells)) {
        await assert.doesNotReject(checkExpectation(shown(notebook, id), expectation), `${name}, ${id}`);
      }
    }
  });

  test('no cell wrote to stderr, and each has its number', async () => {
    for (const name of names) {
      const notebook = await readExecuted(out, name);
      for (const { id } of notebook.cells.filter(isCode)) {
        const { stderr, executionCount } = shown(notebook, id);
        assert.equal(stderr, '', `${name} ${id}`);
        assert.equal(typeof executionCount, 'number', `${name} ${id}`);
      }
    }
  });

  test('every link and picture of an executed notebook leads to something that is there', async () => {
    for (const name of names) {
      const notebook = await readExecuted(out, name);
      for (const cell of notebook.cells) {
        const links = isCode(cell)
          ? shown(notebook, cell.id).html.matchAll(/href="([^"]*)"/g)
          : sourceOf(cell).matchAll(/\]\(([^)]*)\)/g);
        for (const [, link = ''] of links) {
          if (/^(https?:|#)/.test(link)) continue;
          const file = decodeURIComponent(link.replace(/#.*/, ''));
          assert.ok(existsSync(path.join(out, file)), `${name}: ${link}`);
        }
      }
    }
  });
});

describe('with other photos', () => {
  async function run(photosDir: string, names: string[]): Promise<NotebookRun> {
    return runNotebooks(
      names.map((name) => path.join(root, name)),
      out,
      { ...env, PHOTOS_DIR: photosDir, INDEX_NAME: `${index}-${path.basename(photosDir)}` },
    );
  }

  test('an empty index: every cell of notebook 3 and of the bonus ones says why it has nothing to show', async () => {
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
    const { exitCode, printed } = await run(photosDir, Object.keys(sentences));
    assert.equal(exitCode, 0, printed);
    for (const [name, cells] of Object.entries(sentences)) {
      const notebook = await readExecuted(out, name);
      assertSensible(notebook);
      for (const [id, sentence] of Object.entries(cells)) {
        const { text, html } = shown(notebook, id);
        assert.match(text + html, sentence, id);
      }
    }
  });
});

describe('a cell', () => {
  async function runCells(...sources: string[]): Promise<NotebookRun> {
    const template = JSON.parse(await readFile(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8')) as {
      cells: unknown[];
    };
    const cells = sources.map((source, position) => ({
      cell_type: 'code',
      execution_count: null,
      id: `c${position}`,
      metadata: {},
      outputs: [],
      source: [source],
    }));
    const file = path.join(out, 'failing.ipynb');
    await writeFile(file, JSON.stringify({ ...template, cells }));
    return runNotebooks([file], path.join(out, 'failed'), env);
  }

  test('a sentence about what was waited for vanishes once that is over, well or not', async () => {
    const { exitCode, printed } = await runCells(
      `import { setTimeout as sleep } from 'node:timers/promises';
       import { showNotice } from './console/notice';
       showNotice('stays');
       showNotice('waiting', sleep(50));
       showNotice('waiting in vain', sleep(50).then(() => { throw new Error('gone'); }));
       await sleep(300);`,
    );
    assert.equal(exitCode, 0, printed);
    const notebook = await readExecuted(path.join(out, 'failed'), 'failing.ipynb');
    const { html } = shown(notebook, 'c0');
    assert.match(html, />stays</);
    assert.doesNotMatch(html, /waiting/);
  });

  test('that fails ends the run, with its message', async () => {
    const { exitCode, printed } = await runCells(`throw new Error('one of mine')`, `1 + 1`);
    assert.equal(exitCode, 1);
    assert.match(printed, /one of mine/);
  });

  test('ends the run also where only a promise that nobody awaits is rejected', async () => {
    const { exitCode, printed } = await runCells(
      `setTimeout(() => { void Promise.reject(new Error('lost')); }, 50); 1`,
    );
    assert.equal(exitCode, 1);
    assert.match(printed, /lost/);
  });

  test('that does not compile ends the run', async () => {
    const { exitCode, printed } = await runCells(`const n: number = 'x';`);
    assert.equal(exitCode, 1);
    assert.match(printed, /not assignable/);
  });
});
