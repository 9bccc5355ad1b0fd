import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPhotos } from '../lib/photos';
import { notebookNames } from '../scripts/notebook-cells';
import { readExecuted, root, runNotebooks, shown, type NotebookRun } from './support/run-notebooks';
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
    // No hub: the demo model serves, and nothing large is fetched.
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

async function runAll(): Promise<NotebookRun> {
  const names = await notebookNames(root);
  return runNotebooks(
    names.map((name) => path.join(root, name)),
    out,
    env,
  );
}

describe('the three notebooks, run in order on the kernel', () => {
  let total: number;

  before(async () => {
    total = (await findPhotos(path.join(root, 'photos'))).photos.length;
    const { exitCode, printed } = await runAll();
    assert.equal(exitCode, 0, printed);
  });

  test('1 creates the index, and shows the server’s acknowledgement', async () => {
    const notebook = await readExecuted(out, '1-prepare-opensearch.ipynb');
    assert.equal(
      shown(notebook, 'create').text.replace(/\s+/g, ' ').trim(),
      `{ acknowledged: true, shards_acknowledged: true, index: '${index}' }`,
    );
    assert.match(shown(notebook, 'model').html, /demo model/i);
    assert.match(shown(notebook, 'look').text, /knn_vector[\s\S]*lucene/);
    assert.match(shown(notebook, 'connect').text, /^OpenSearch 3\.\d+\.\d+ at 127\.0\.0\.1:\d+$/m);
  });

  test('2 turns every photo into a vector, with a progress bar, and finds them all in the index', async () => {
    const notebook = await readExecuted(out, '2-process-and-upload.ipynb');
    assert.match(shown(notebook, 'vector').text, /Float32Array\(512\) \[.*…\] ‖1\.000‖/);
    assert.match(shown(notebook, 'vector').html, /<img src="data:image\/png;base64,/);
    assert.match(shown(notebook, 'cosine').text, /length: (1|1\.0000\d*|0\.9999\d*),/);
    assert.match(
      shown(notebook, 'upload').html,
      new RegExp(`role="progressbar".*${total} of ${total}`),
    );
    assert.match(shown(notebook, 'upload').text, new RegExp(`^indexed\\s+${total}$`, 'm'));
    assert.match(shown(notebook, 'look').text, new RegExp(`^${total} photos; one of them:`));
    assert.match(shown(notebook, 'cat').text, new RegExp(`${index}\\s+${total}\\b`));
  });

  test('3 shows three pictures for the text, and three for a photo, that photo first', async () => {
    const notebook = await readExecuted(out, '3-run-vector-search.ipynb');
    for (const id of ['search', 'photo']) {
      const pictures = shown(notebook, id).html.match(/<img src="data:image\/jpeg;base64,/g);
      assert.equal(pictures?.length, 3, id);
    }
    assert.equal(shown(notebook, 'score').text.match(/^\d +-?\d\.\d{3} +photos\//gm)?.length, 3);
    const [, asked] = /Like (photos\/[^<]+)</.exec(shown(notebook, 'photo').html) ?? [];
    const [, first] =
      /<figcaption[\s\S]*?(photos\/[^<]+)</.exec(shown(notebook, 'photo').html) ?? [];
    assert.ok(asked !== undefined && asked === first, `${asked ?? ''} ${first ?? ''}`);
  });

  test('no cell wrote to stderr, and each has its number', async () => {
    for (const name of await notebookNames(root)) {
      const notebook = await readExecuted(out, name);
      for (const { id, cell_type } of notebook.cells) {
        if (cell_type !== 'code') continue;
        const { stderr, executionCount } = shown(notebook, id);
        assert.equal(stderr, '', `${name} ${id}`);
        assert.equal(typeof executionCount, 'number', `${name} ${id}`);
      }
    }
  });

  test('run again, they change nothing', async () => {
    const { exitCode, printed } = await runAll();
    assert.equal(exitCode, 0, printed);
    const [first, second, third] = await Promise.all(
      (await notebookNames(root)).map((name) => readExecuted(out, name)),
    );
    assert.ok(first && second && third);
    assert.match(
      shown(first, 'create').text,
      new RegExp(`already_there: true,\\s+photos: ${total},`),
    );
    assert.match(
      shown(second, 'upload').text,
      new RegExp(`^indexed\\s+0\\nunchanged\\s+${total}$`, 'm'),
    );
    assert.match(shown(second, 'look').text, new RegExp(`^${total} photos; one of them:`));
    assert.equal(shown(third, 'search').html.match(/<img /g)?.length, 3);
  });
});

describe('a cell that fails', () => {
  async function runCells(...sources: string[]): Promise<NotebookRun> {
    const template = JSON.parse(
      await readFile(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8'),
    ) as { cells: unknown[] };
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

  test('fails the run, with its message', async () => {
    const { exitCode, printed } = await runCells(`throw new Error('one of mine')`, `1 + 1`);
    assert.equal(exitCode, 1);
    assert.match(printed, /one of mine/);
  });

  test('fails the run also where only a promise that nobody awaits is rejected', async () => {
    const { exitCode, printed } = await runCells(
      `setTimeout(() => { void Promise.reject(new Error('lost')); }, 50); 1`,
    );
    assert.equal(exitCode, 1);
    assert.match(printed, /lost/);
  });

  test('fails the run where it does not compile', async () => {
    const { exitCode, printed } = await runCells(`const n: number = 'x';`);
    assert.equal(exitCode, 1);
    assert.match(printed, /not assignable/);
  });
});
