import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { findPhotos } from '../lib/photos';
import { notebookNames } from '../maintain/notebook-cells';
import { launchChromium, skipWithoutChromium } from './support/chromium';
import { writeGridsNotebook } from './support/grids-notebook';
import { hostileDocuments } from './support/hostile-documents';
import { startJupyterLab, type JupyterLab } from './support/jupyterlab';
import {
  cellWith,
  chooseFromMenu,
  hardToRead,
  loadedPictures,
  measure,
  measureTiles,
  openNotebook,
  openPage,
  patience,
  runAllCells,
  typeLine,
  untilRun,
  type LabPage,
} from './support/lab-page';
import { root, runNotebooks, type NotebookRun } from './support/run-notebooks';
import { testOpenSearchUrl } from './support/test-opensearch';

// Below the repository, so that JupyterLab shows them; copies, so that its saving changes nothing that is committed.
const folder = 'out/browser';
const indexes = { photos: 'test-browser-photos', many: 'test-browser-many', hostile: 'test-browser-hostile' };

let openSearch: string;
let env: NodeJS.ProcessEnv;
let lab: JupyterLab;
let browser: Browser;
let trapped = 0;
const cleanUps: (() => unknown)[] = [];
const executed = new Map<string, Promise<NotebookRun>>();

/** Executes a notebook by the script of `npm run workshop`, as somebody else might have, while other tests go on. */
function executeElsewhere(file: string): void {
  executed.set(path.basename(file), runNotebooks([path.join(root, file)], path.join(root, folder, 'untrusted'), env));
}

/** An index without a schema, which takes anything. */
async function fillIndex(index: string, documents: Record<string, unknown>[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${openSearch}/${index}`, { method: 'DELETE' });
  const created = await fetch(`${openSearch}/${index}`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ settings: { number_of_replicas: 0 }, mappings: { enabled: false } }),
  });
  assert.ok(created.ok, await created.text());
  const lines = documents.flatMap((document) => [{ index: {} }, document]);
  const filled = await fetch(`${openSearch}/${index}/_bulk?refresh=true`, {
    method: 'POST',
    headers,
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  });
  const { errors } = (await filled.json()) as { errors: boolean };
  assert.equal(errors, false);
}

async function deleteIndexes(): Promise<void> {
  for (const index of Object.values(indexes)) {
    await fetch(`${openSearch}/${index}`, { method: 'DELETE' });
  }
}

async function manyPhotos(): Promise<Record<string, unknown>[]> {
  const { photos } = await findPhotos(path.join(root, 'photos'));
  return photos.map(({ imageUrl, credit }) => ({ image_url: imageUrl, ...credit }));
}

/** A picture of a part of the page, kept to be looked at. */
async function screenshot(scope: Locator, name: string): Promise<void> {
  // JupyterLab lays cells out only when they come into view, which moves those below.
  const place = async () => {
    await scope.scrollIntoViewIfNeeded();
    return JSON.stringify(await scope.boundingBox());
  };
  for (let last = ''; last !== (last = await place());) await scope.page().waitForTimeout(200);
  await scope.screenshot({ path: path.join(root, folder, `${name}.png`) });
}

/** What must hold for every grid of pictures, whatever its number of tiles, width and theme. */
async function assertGoodGrid(grid: Locator, tileCount: number): Promise<void> {
  const tiles = await measureTiles(grid);
  assert.equal(tiles.length, tileCount);
  const [first] = tiles;
  assert.ok(first);
  for (const tile of tiles) {
    assert.ok(tile.overflow < 1, `a text is wider than its tile: ${tile.text}`);
    assert.ok(Math.abs(tile.width - first.width) < 1, 'tiles differ in width');
    const { picture } = tile;
    assert.ok(Math.abs(picture.height - first.picture.height) < 1, 'pictures differ in height');
    const right = tile.width - picture.width - picture.x;
    assert.ok(Math.abs(picture.x - right) < 1, 'a picture is not in the middle of its tile');
    const row = tiles.filter(({ y }) => Math.abs(y - tile.y) < 1);
    assert.ok(
      row.every(({ height }) => Math.abs(height - tile.height) < 1),
      'tiles of one row differ in height',
    );
  }
  assert.deepEqual(await hardToRead(grid), []);
}

function assertQuiet({ conduct }: LabPage): void {
  assert.deepEqual(conduct.troubles, []);
  const foreign = conduct.requests.filter((address) => new URL(address).origin !== lab.url);
  assert.deepEqual(foreign, []);
}

before(async () => {
  if (skipWithoutChromium) return;
  await rm(path.join(root, folder), { recursive: true, force: true });
  await mkdir(path.join(root, folder, 'untrusted'), { recursive: true });
  for (const name of await notebookNames(root)) {
    await cp(path.join(root, name), path.join(root, folder, name));
  }
  // What the notebooks' texts show and link to.
  for (const copy of ['docs', 'untrusted/docs']) {
    await cp(path.join(root, 'docs'), path.join(root, folder, copy), { recursive: true });
  }
  await writeGridsNotebook(path.join(root, folder, 'grids.ipynb'), indexes);
  const models = await mkdtemp(path.join(tmpdir(), 'workshop-browser-'));
  cleanUps.push(() => rm(models, { recursive: true, force: true }));
  const trap = createServer((_, response) => {
    trapped += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(trap, 'listening');
  cleanUps.push(() => trap.close());
  openSearch = await testOpenSearchUrl();
  env = {
    SERVICE_URI: openSearch,
    INDEX_NAME: indexes.photos,
    PHOTOS_DIR: path.join(root, 'photos'),
    // No hub: the built-in model serves, and nothing large is fetched.
    HF_ENDPOINT: 'http://127.0.0.1:9',
    MODEL_CACHE: models,
    CLIP_MODEL: '',
    CLIP_DTYPE: '',
    CA_CERT: '',
  };
  await deleteIndexes();
  cleanUps.push(deleteIndexes);
  browser = await launchChromium();
  cleanUps.push(() => browser.close());
  lab = await startJupyterLab(env);
  cleanUps.push(async () => {
    await lab.stop();
    await writeFile(path.join(root, folder, 'jupyterlab.log'), lab.printed());
  });
  const { port } = trap.address() as AddressInfo;
  await fillIndex(indexes.many, await manyPhotos());
  await fillIndex(indexes.hostile, hostileDocuments(`http://127.0.0.1:${port}`));
  executeElsewhere(`${folder}/grids.ipynb`);
});

after(async () => {
  await Promise.all(executed.values());
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

type TestBody = (t: TestContext) => Promise<void>;

/** A test that is passed over, saying why, where there is no browser. */
function inBrowser(name: string, body: TestBody): void {
  test(name, { skip: skipWithoutChromium, timeout: 3 * patience }, body);
}

describe('in JupyterLab, as npm start opens it', () => {
  let third: LabPage;

  async function runInLab(name: string): Promise<LabPage> {
    const labPage = await openPage(browser);
    await openNotebook(labPage, lab, `${folder}/${name}`);
    await measure(labPage.page.locator('body'), 'watchProgress');
    await runAllCells(labPage);
    return labPage;
  }

  inBrowser('all cells of notebook 1 run, and the server’s acknowledgement is seen', async () => {
    const first = await runInLab('1-prepare-opensearch.ipynb');
    const created = cellWith(first, 'createPhotoIndex(client').locator('.jp-OutputArea-output');
    assert.match((await created.textContent()) ?? '', /acknowledged: true/);
    await screenshot(first.page.locator('#main'), '1-prepare');

    const folded = first.page.locator('details', { hasText: 'already_there' });
    const answer = folded.locator('p');
    await folded.scrollIntoViewIfNeeded();
    assert.equal(await answer.isVisible(), false, 'an answer is folded');
    await folded.locator('summary').click();
    await answer.waitFor({ state: 'visible' });
    await screenshot(folded, '1-answer');
    assertQuiet(first);
    await first.page.close();
  });

  inBrowser('all cells of notebook 2 run; its progress bar moves, and ends full', async () => {
    const second = await runInLab('2-process-and-upload.ipynb');
    executeElsewhere('3-run-vector-search.ipynb');
    const progress = await measure<string[]>(second.page.locator('body'), 'progressSeen');
    const photos = progress.filter((line) => line.includes('Uploading'));
    const percents = photos.map((line) => parseFloat(line));
    assert.ok(new Set(percents).size >= 2, progress.join('\n'));
    assert.deepEqual(
      percents,
      [...percents].sort((a, b) => a - b),
      progress.join('\n'),
    );
    assert.equal(percents.at(-1), 100);
    const upload = cellWith(second, 'uploadPhotos(client');
    assert.equal(await upload.locator('[role=progressbar]').count(), 1, 'one line, updated');
    assert.deepEqual(await hardToRead(upload.locator('.jp-OutputArea').first()), []);
    await screenshot(upload, '2-upload');
    await screenshot(cellWith(second, 'vectorPicture(vector)'), '2-vector');
    assertQuiet(second);
    await second.page.close();
  });

  inBrowser('notebook 3 shows three pictures; another text brings others, by the keyboard alone', async (t) => {
    third = await runInLab('3-run-vector-search.ipynb');
    const search = cellWith(third, 'text_input =');
    const output = search.locator('.jp-OutputArea').first();
    assert.equal(await loadedPictures(output), 3);
    await assertGoodGrid(output, 3);
    await screenshot(search, '3-search');
    await screenshot(third.page.locator('#main'), '3-page');
    await screenshot(third.page.locator('.jp-NotebookPanel:visible'), '3-notebook');

    for (const text of ['a sdfsdf dog', 'green grass', 'a dark night', 'mountains', 'blue sky']) {
      const before = await output.locator('figcaption').allTextContents();
      await typeLine(search, 'text_input =', `const text_input = '${text}';`);
      await measure(output, 'watchPictures', 3);
      await third.page.keyboard.press('Control+Enter');
      const ms = await measure<number>(output, 'timeToPictures');
      t.diagnostic(`${text}: ${ms.toFixed(0)} ms from key press to three other pictures`);
      await untilRun(search);
      assert.equal(await loadedPictures(output), 3);
      const shown = (await output.textContent()) ?? '';
      assert.match(shown, new RegExp(text));
      // Above its pictures, so that nobody takes them for an answer.
      assert.equal(/does not know "sdfsdf".*1\. /.test(shown), text.includes('sdfsdf'), shown);
      assert.notDeepEqual(await output.locator('figcaption').allTextContents(), before);
    }
    assertQuiet(third);
  });

  inBrowser('at 800 pixels, tiles stay even and nothing is cut off', async () => {
    await third.page.setViewportSize({ width: 800, height: 900 });
    const search = cellWith(third, 'text_input =');
    const output = search.locator('.jp-OutputArea').first();
    await assertGoodGrid(output, 3);
    await screenshot(search, '3-search-800');
    await screenshot(third.page.locator('#main'), '3-page-800');
    await third.page.setViewportSize({ width: 1400, height: 1000 });
  });

  inBrowser('a picture’s link opens the whole photo, with the mouse and with the keyboard', async () => {
    const output = cellWith(third, 'text_input =').locator('.jp-OutputArea').first();
    const link = output.locator('figure a', { has: third.page.locator('img') }).first();
    const shownPhoto = third.page.locator('.jp-ImageViewer:visible img');
    for (const open of [() => link.click(), () => link.press('Enter')]) {
      await open();
      await shownPhoto.waitFor();
      const width = await measure<number>(shownPhoto, 'widthWhenLoaded');
      assert.ok(width > 320, `${width} pixels are not the whole photo`);
      await screenshot(third.page.locator('#main'), '3-whole-photo');
      await third.page.locator('.lm-TabBar-tab.jp-mod-current .lm-TabBar-tabCloseIcon').click();
      await shownPhoto.waitFor({ state: 'detached' });
    }
  });

  inBrowser('bonus notebooks have their pictures too, and can be read', async () => {
    const fifth = await runInLab('further/5-own-photos-duplicates-map.ipynb');
    for (const [code, pictures, name] of [
      ['mine.grid(', 3, '5-own'],
      ['photoMap(', 1, '5-map'],
    ] as const) {
      const cell = cellWith(fifth, code);
      await cell.scrollIntoViewIfNeeded();
      const output = cell.locator('.jp-OutputArea').first();
      assert.equal(await loadedPictures(output), pictures, name);
      assert.deepEqual(await hardToRead(output), []);
      await screenshot(cell, name);
    }
    assertQuiet(fifth);
    await fifth.page.close();
    const sixth = await openPage(browser);
    await openNotebook(sixth, lab, `${folder}/further/6-how-good-and-how-exact.ipynb`);
    const plot = sixth.page.locator('img[alt^="Recall against the time"]');
    await plot.scrollIntoViewIfNeeded();
    assert.ok((await measure<number>(plot, 'widthWhenLoaded')) > 0);
    await screenshot(plot, '6-plot');
    await sixth.page.close();
  });

  inBrowser('in the dark theme everything can be read', async () => {
    await chooseFromMenu(third, 'Settings', 'Theme', 'JupyterLab Dark');
    await third.page.locator('body[data-jp-theme-light="false"]').waitFor({ state: 'attached' });
    const search = cellWith(third, 'text_input =');
    await assertGoodGrid(search.locator('.jp-OutputArea').first(), 3);
    await screenshot(search, '3-search-dark');
    await screenshot(third.page.locator('#main'), '3-page-dark');
    await chooseFromMenu(third, 'Settings', 'Theme', 'JupyterLab Light');
    await third.page.locator('body[data-jp-theme-light="true"]').waitFor({ state: 'attached' });
    assertQuiet(third);
    await third.page.close();
  });
});

describe('grids that are met rarely', () => {
  async function assertGrids(labPage: LabPage, kind: string): Promise<void> {
    await labPage.page.setViewportSize({ width: 1400, height: 7000 }); // fifty in one picture
    const output = (word: string) => cellWith(labPage, `show('${word}'`).locator('.jp-OutputArea').first();
    await assertGoodGrid(output('one'), 1);
    assert.equal(await loadedPictures(output('one')), 1);
    await assertGoodGrid(output('fifty'), 50);
    assert.equal(await loadedPictures(output('fifty')), 50);
    assert.equal(await loadedPictures(output('pair')), 8, 'two grids side by side');
    assert.deepEqual(await hardToRead(output('pair')), []);
    assert.match((await output('none').textContent()) ?? '', /No photos found/);

    const hostile = output('hostile').locator('[data-mime-type="text/html"]');
    const documents = hostileDocuments('http://127.0.0.1:1').length;
    await assertGoodGrid(hostile, documents);
    assert.equal(await hostile.locator('img, script, iframe, svg, style, b, mjx-container').count(), 0);
    assert.equal(await hostile.locator('a').count(), 0);
    assert.equal(await hostile.getByText('No photo here named').count(), documents - 1);
    assert.equal(await hostile.getByText("can't be read: photos/credits.json").count(), 1);
    assert.ok((await hostile.textContent())?.includes('<script>window.hacked=true</script>'));
    assert.equal(await measure(labPage.page.locator('body'), 'hacked'), false, 'a script ran');
    assert.equal(trapped, 0, 'an address in the index was asked for');
    await screenshot(output('one'), `grids-one-${kind}`);
    await screenshot(output('fifty'), `grids-fifty-${kind}`);
    await screenshot(hostile, `grids-hostile-${kind}`);
    assertQuiet(labPage);
  }

  inBrowser('one, fifty, none, and a hostile index: all is text, nothing runs, nothing is asked for', async () => {
    const labPage = await openPage(browser);
    await openNotebook(labPage, lab, `${folder}/grids.ipynb`);
    await runAllCells(labPage);
    await assertGrids(labPage, 'trusted');
    await labPage.page.close();
  });

  /** Opens a notebook that was executed elsewhere, without running it. */
  async function openUntrusted(name: string): Promise<LabPage> {
    const run = await executed.get(name);
    assert.ok(run);
    assert.equal(run.exitCode, 0, run.printed);
    const labPage = await openPage(browser);
    await openNotebook(labPage, lab, `${folder}/untrusted/${name}`);
    await labPage.page.locator('[title*="not trusted" i]').first().waitFor();
    return labPage;
  }

  inBrowser('the same in a notebook that is not trusted', async () => {
    const labPage = await openUntrusted('grids.ipynb');
    await assertGrids(labPage, 'untrusted');
    await labPage.page.close();
  });

  inBrowser('notebook 3, executed elsewhere and not trusted, looks the same', async () => {
    const labPage = await openUntrusted('3-run-vector-search.ipynb');
    const search = cellWith(labPage, 'text_input =');
    const output = search.locator('.jp-OutputArea').first();
    assert.equal(await loadedPictures(output), 3);
    await assertGoodGrid(output, 3);
    await output
      .locator('figure a', { has: labPage.page.locator('img') })
      .first()
      .click();
    await labPage.page.locator('.jp-ImageViewer:visible img').waitFor();
    assertQuiet(labPage);
    await screenshot(labPage.page.locator('#main'), 'untrusted-whole-photo');
    await labPage.page.close();
  });
});
