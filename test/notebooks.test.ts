import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPhotos } from '../lib/photos';
import { notebookNames, type Notebook } from '../maintain/notebook-cells';
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

describe('the three notebooks, run in order on the kernel', () => {
  let total: number;

  before(async () => {
    total = (await findPhotos(path.join(root, 'photos'))).photos.length;
    const files = (await notebookNames(root)).map((name) => path.join(root, name));
    const { exitCode, printed } = await runNotebooks(files, out, env);
    assert.equal(exitCode, 0, printed);
  });

  test('1 creates the index, and shows the server’s acknowledgement', async () => {
    const notebook = await readExecuted(out, '1-prepare-opensearch.ipynb');
    assert.equal(
      shown(notebook, 'create').text.replace(/\s+/g, ' ').trim(),
      `{ acknowledged: true, shards_acknowledged: true, index: '${index}' }`,
    );
    assert.match(shown(notebook, 'model').html, /built-in model/i);
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
});

describe('with other photos', () => {
  async function run(photosDir: string, names: string[]): Promise<NotebookRun> {
    return runNotebooks(
      names.map((name) => path.join(root, name)),
      out,
      { ...env, PHOTOS_DIR: photosDir, INDEX_NAME: `${index}-${path.basename(photosDir)}` },
    );
  }

  /** No cell failed, none printed an error or a number that is none. */
  function assertSensible(notebook: Notebook): void {
    for (const { id, cell_type } of notebook.cells) {
      if (cell_type !== 'code') continue;
      const { text, html, stderr } = shown(notebook, id);
      assert.equal(stderr, '', id);
      assert.doesNotMatch(text + html.replaceAll(/"data:[^"]*"/g, ''), /NaN|undefined/, id);
    }
  }

  test('30 photos of a stranger: every cell of all notebooks works, or says why it has nothing to show', async () => {
    const photosDir = path.join(out, 'stranger');
    await mkdir(path.join(photosDir, '2023'), { recursive: true });
    const { photos } = await findPhotos(path.join(root, 'photos'));
    for (const [i, { path: file }] of photos.slice(0, 30).entries()) {
      await copyFile(file, path.join(photosDir, '2023', `IMG_${i}.jpg`));
    }
    const names = await notebookNames(root);
    const { exitCode, printed } = await run(photosDir, names);
    assert.equal(exitCode, 0, printed);
    for (const name of names) assertSensible(await readExecuted(out, name));
    const third = await readExecuted(out, '3-run-vector-search.ipynb');
    assert.equal(shown(third, 'search').html.match(/<img /g)?.length, 3);
    assert.match(shown(third, 'go-how-good-is-it-1').text, /^0 of the 81 judged photos/);
    assert.match(shown(third, 'go-how-good-is-it-3').html, /Nobody has judged the photos/);
    assert.match(shown(third, 'go-exact-or-approximate-1').text, /^30 photos, 512 numbers/m);
  });

  test('an empty index: every cell of notebook 3 says why it has nothing to show', async () => {
    const photosDir = path.join(out, 'none');
    await mkdir(photosDir);
    const names = ['1-prepare-opensearch.ipynb', '3-run-vector-search.ipynb'];
    const { exitCode, printed } = await run(photosDir, names);
    assert.equal(exitCode, 0, printed);
    const notebook = await readExecuted(out, '3-run-vector-search.ipynb');
    assertSensible(notebook);
    const sentences: Record<string, RegExp> = {
      search: /No photos found/,
      score: /Photos in the index: 0\. A spread needs two/,
      photo: /nothing to ask with/,
      'go-what-a-score-means-1': /holds no photos yet/,
      'go-combine-texts-and-photos-3': /No photos found.*No photos found/,
      'go-a-map-of-the-photos-1': /No photos found/,
      'go-how-good-is-it-3': /Nobody has judged/,
      'go-exact-or-approximate-1': /Fewer than 10 photos/,
    };
    for (const [id, sentence] of Object.entries(sentences)) {
      assert.match(shown(notebook, id).html, sentence, id);
    }
  });
});

describe('a cell', () => {
  /** Code, or text. */
  type Source = string | { text: string };

  async function runCells(...sources: Source[]): Promise<NotebookRun> {
    const template = JSON.parse(
      await readFile(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8'),
    ) as { cells: unknown[] };
    const cells = sources.map((source, position) => {
      const cell = { id: `c${position}`, metadata: {} };
      return typeof source === 'object'
        ? { ...cell, cell_type: 'markdown', source: [source.text] }
        : { ...cell, cell_type: 'code', execution_count: null, outputs: [], source: [source] };
    });
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

  test('that fails is optional from "Go further" on: the cells after it run, and the exit code is 3', async () => {
    const { exitCode, printed } = await runCells(
      `'before'`,
      { text: '# Go further\n\nMore.' },
      `throw new Error('one of mine')`,
      `void Promise.reject(new Error('lost')); 1`,
      `console.log('after'); 2`,
    );
    assert.equal(exitCode, 3, printed);
    assert.match(printed, /one of mine/);
    assert.match(printed, /lost/);
    assert.match(printed, /✓ +4\/4/);
    assert.match(printed, /Failed of the optional cells: 2\./);
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
