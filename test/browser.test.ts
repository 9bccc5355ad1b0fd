import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { workshopNotebooks } from '../maintain/notebook-cells';
import { launchChromium, skipWithoutChromium } from './support/chromium';
import { hostileDocuments } from './support/hostile-documents';
import { startJupyterLab, type JupyterLab } from './support/jupyterlab';
import {
  cellWith,
  chooseFromMenu,
  hardToRead,
  loadedPictures,
  measure,
  openNotebook,
  openPage,
  patience,
  runAllCells,
  typeLine,
  untilRun,
  type LabPage,
  type Tile,
} from './support/lab-page';
import { listen } from './support/loopback';
import { root, writeNotebook } from './support/run-notebooks';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

// Below the repository: JupyterLab shows only what is there. Copies: its saving then changes nothing that is committed.
const folder = 'out/browser';
const index = 'test-browser-photos';
/** An index as a stranger might have written it. */
const hostile = 'test-browser-hostile';

const models = temporaryFolder();
let lab: JupyterLab;
let browser: Browser;
let trapped = 0;
const cleanUps: (() => unknown)[] = [];

before(async () => {
  if (skipWithoutChromium) return;
  await rm(path.join(root, folder), { recursive: true, force: true });
  await mkdir(path.join(root, folder), { recursive: true });
  // With what the notebooks' texts show and link to.
  for (const name of [...(await workshopNotebooks(root)), 'docs']) {
    await cp(path.join(root, name), path.join(root, folder, name), { recursive: true });
  }
  await writeNotebook(path.join(root, folder, 'grids.ipynb'), grids);
  const trap = createServer((_, response) => {
    trapped += 1;
    response.end();
  });
  const trapPort = await listen(trap);

  const openSearch = await testOpenSearchUrl();
  const deleteIndexes = () => fetch(`${openSearch}/${index},${hostile}?ignore_unavailable=true`, { method: 'DELETE' });
  await deleteIndexes();
  cleanUps.push(deleteIndexes);
  const headers = { 'content-type': 'application/json' };
  // Without a schema, it takes anything.
  const body = JSON.stringify({ settings: { number_of_replicas: 0 }, mappings: { enabled: false } });
  await fetch(`${openSearch}/${hostile}`, { method: 'PUT', headers, body });
  const documents = hostileDocuments(`http://127.0.0.1:${trapPort}`);
  const lines = documents.map((document) => `{ "index": {} }\n${JSON.stringify(document)}\n`).join('');
  const address = `${openSearch}/${hostile}/_bulk?refresh=true`;
  const filled = await fetch(address, { method: 'POST', headers, body: lines });
  assert.equal(((await filled.json()) as { errors: boolean }).errors, false);

  // No hub: the built-in model serves, and nothing large is fetched.
  const model = { HF_ENDPOINT: 'http://127.0.0.1:9', MODEL_CACHE: models, CLIP_MODEL: '', CLIP_DTYPE: '' };
  const photos = { INDEX_NAME: index, PHOTOS_DIR: path.join(root, 'photos') };
  browser = await launchChromium();
  cleanUps.push(() => browser.close());
  lab = await startJupyterLab({ SERVICE_URI: openSearch, CA_CERT: '', ...photos, ...model });
  cleanUps.push(async () => {
    await lab.stop();
    await writeFile(path.join(root, folder, 'jupyterlab.log'), lab.printed());
  });
});

after(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** A test that is passed over, saying why, where there is no browser. */
function inBrowser(name: string, body: () => Promise<void>): void {
  test(name, { skip: skipWithoutChromium, timeout: 3 * patience }, body);
}

const outputOf = (labPage: LabPage, code: string) => cellWith(labPage, code).locator('.jp-OutputArea').first();

async function openInLab(name: string): Promise<LabPage> {
  const labPage = await openPage(browser);
  await openNotebook(labPage, lab, `${folder}/${name}`);
  return labPage;
}

async function runInLab(name: string): Promise<LabPage> {
  const labPage = await openInLab(name);
  await measure(labPage.page.locator('body'), 'watchProgress');
  await runAllCells(labPage);
  return labPage;
}

/** What must hold for every grid of pictures, whatever its number of tiles, width and theme. */
async function assertGoodGrid(grid: Locator, tileCount: number): Promise<void> {
  const tiles = await measure<Tile[]>(grid, 'tiles');
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
    const isEven = row.every(({ height }) => Math.abs(height - tile.height) < 1);
    assert.ok(isEven, 'tiles of one row differ in height');
  }
  assert.deepEqual(await hardToRead(grid), []);
}

/** The page told no error, and asked nothing of anyone but JupyterLab. Closes it. */
async function closeQuiet({ troubles, requests, page }: LabPage): Promise<void> {
  assert.deepEqual(troubles, []);
  const foreign = requests.filter((address) => new URL(address).origin !== lab.url);
  assert.deepEqual(foreign, []);
  await page.close();
}

/** Opens the whole photo by the first picture's link, and closes it again. */
async function assertLinkOpens({ page }: LabPage, grid: Locator, open: (link: Locator) => Promise<void>) {
  await open(grid.locator('figure a', { has: page.locator('img') }).first());
  const photo = page.locator('.jp-ImageViewer:visible img');
  await photo.waitFor();
  const width = await measure<number>(photo, 'widthWhenLoaded');
  assert.ok(width > 320, `${width} pixels are not the whole photo`);
  await page.locator('.lm-TabBar-tab.jp-mod-current .lm-TabBar-tabCloseIcon').click();
  await photo.waitFor({ state: 'detached' });
}

inBrowser('all cells of notebook 1 run, the server’s acknowledgement is seen, and answers are folded', async () => {
  const first = await runInLab('1-prepare-opensearch.ipynb');
  assert.match((await outputOf(first, 'createPhotoIndex(client').textContent()) ?? '', /acknowledged: true/);
  const folded = first.page.locator('details', { hasText: 'already_there' });
  await folded.scrollIntoViewIfNeeded();
  assert.equal(await folded.locator('p').isVisible(), false);
  await folded.locator('summary').click();
  await folded.locator('p').waitFor({ state: 'visible' });
  await closeQuiet(first);
});

inBrowser('all cells of notebook 2 run; its progress bar moves, and ends full', async () => {
  const second = await runInLab('2-process-and-upload.ipynb');
  const progress = await measure<string[]>(second.page.locator('body'), 'progressSeen');
  const percents = progress.filter((line) => line.includes('Uploading')).map((line) => parseFloat(line));
  assert.ok(new Set(percents).size >= 2, progress.join('\n'));
  const ascending = [...percents].sort((a, b) => a - b);
  assert.deepEqual(percents, ascending, progress.join('\n'));
  assert.equal(percents.at(-1), 100);
  const upload = outputOf(second, 'uploadPhotos(client');
  assert.equal(await upload.locator('[role=progressbar]').count(), 1, 'one line, updated');
  assert.deepEqual(await hardToRead(upload), []);
  await closeQuiet(second);
});

inBrowser(
  'notebook 3 shows three pictures; another text brings others, by the keyboard alone; links open the whole photo; at 800 pixels and in the dark theme nothing is cut off and everything can be read',
  async () => {
    const third = await runInLab('3-run-vector-search.ipynb');
    const { page } = third;
    const search = cellWith(third, 'text_input =');
    const output = outputOf(third, 'text_input =');
    const captions = () => output.locator('figcaption').allTextContents();
    assert.equal(await loadedPictures(output), 3);
    await assertGoodGrid(output, 3);
    // README's picture, see maintain/make-screenshots.ts.
    await output.locator('figcaption').last().scrollIntoViewIfNeeded();
    await page.locator('.jp-NotebookPanel:visible').screenshot({ path: path.join(root, folder, '3-notebook.png') });
    for (const text of ['a sdfsdf dog', 'green grass', 'a dark night', 'mountains', 'blue sky']) {
      const before = await captions();
      await typeLine(search, 'text_input =', `const text_input = '${text}';`);
      await page.keyboard.press('Control+Enter');
      await output.getByText(text).first().waitFor();
      await untilRun(search);
      assert.equal(await loadedPictures(output), 3);
      const shown = (await output.textContent()) ?? '';
      // Above its pictures: nobody then takes them for an answer.
      assert.equal(/does not know "sdfsdf".*1\. /.test(shown), text.includes('sdfsdf'), shown);
      assert.notDeepEqual(await captions(), before);
    }
    await assertLinkOpens(third, output, (link) => link.click());
    await assertLinkOpens(third, output, (link) => link.press('Enter'));

    await page.setViewportSize({ width: 800, height: 900 });
    await assertGoodGrid(output, 3);
    await page.setViewportSize({ width: 1400, height: 1000 });
    await chooseFromMenu(third, 'Settings', 'Theme', 'JupyterLab Dark');
    await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: 'attached' });
    await assertGoodGrid(output, 3);
    await chooseFromMenu(third, 'Settings', 'Theme', 'JupyterLab Light');
    await page.locator('body[data-jp-theme-light="true"]').waitFor({ state: 'attached' });
    await closeQuiet(third);
  },
);

const grids = [
  `import { display } from 'tslab';
import { photoMap } from './further/index';
import { photoGrid, photoHits } from './lib/index';
import { connectOpenSearch, notebookAddress, readSettings, sideBySide } from './workshop/index';

const { photosDir, ...settings } = readSettings();
const client = await connectOpenSearch({ photosDir: photosDir, ...settings });

async function show(heading: string, index: string, size: number, grids = 1) {
  const body = { size: size, query: { match_all: {} } };
  const response = await client.search({ index: index, body: body });
  const shownIn = { heading: heading, photosDir: photosDir, address: notebookAddress };
  const grid = await photoGrid(photoHits(response.body), shownIn);
  display.html(grids === 1 ? grid : sideBySide(Array(grids).fill(grid)));
}`,
  `await show('one', '${index}', 1);`,
  `await show('fifty', '${index}', 50);`,
  `await show('pair', '${index}', 4, 2);`,
  `await show('none', '${index}', 0);`,
  `await show('hostile', '${hostile}', 50);`,
  `display.html(await photoMap(client, { index: '${index}', photosDir: photosDir }));`,
];

for (const isTrusted of [true, false]) {
  inBrowser(
    `one picture, fifty, none, two grids side by side, a map, and a hostile index, in a notebook that is ${isTrusted ? '' : 'not '}trusted: all is shown, all is text, nothing runs, nothing is asked for`,
    async () => {
      const labPage = isTrusted ? await runInLab('grids.ipynb') : await openUntrusted();
      if (isTrusted) await chooseFromMenu(labPage, 'File', 'Save Notebook');
      await labPage.page.setViewportSize({ width: 1400, height: 7000 }); // fifty in one picture
      const output = (word: string) => outputOf(labPage, `show('${word}'`);
      await assertGoodGrid(output('one'), 1);
      assert.equal(await loadedPictures(output('one')), 1);
      await assertGoodGrid(output('fifty'), 50);
      assert.equal(await loadedPictures(output('fifty')), 50);
      assert.equal(await loadedPictures(output('pair')), 8);
      assert.deepEqual(await hardToRead(output('pair')), []);
      assert.match((await output('none').textContent()) ?? '', /No photos found/);
      const map = outputOf(labPage, 'photoMap(client');
      assert.equal(await loadedPictures(map), 1);
      assert.deepEqual(await hardToRead(map), []);

      const evil = output('hostile').locator('[data-mime-type="text/html"]');
      const documents = hostileDocuments('http://127.0.0.1:1').length;
      await assertGoodGrid(evil, documents);
      assert.equal(await evil.locator('img, script, iframe, svg, style, b, mjx-container, a').count(), 0);
      assert.equal(await evil.getByText('No photo here named').count(), documents - 1);
      assert.equal(await evil.getByText("can't be read: photos/credits.json").count(), 1);
      assert.ok((await evil.textContent())?.includes('<script>window.hacked=true</script>'));
      assert.equal(await labPage.page.evaluate('window.hacked === true'), false, 'a script ran');
      assert.equal(trapped, 0, 'an address in the index was asked for');
      await labPage.page.setViewportSize({ width: 1400, height: 1000 });
      await assertLinkOpens(labPage, output('one'), (link) => link.click());
      await closeQuiet(labPage);
    },
  );
}

/** The notebook of grids with its outputs, changed since: as it comes from somebody else, who has run it. */
async function openUntrusted(): Promise<LabPage> {
  const saved = await readFile(path.join(root, folder, 'grids.ipynb'), 'utf8');
  assert.match(saved, /window\.hacked=true/);
  await writeFile(path.join(root, folder, 'received.ipynb'), saved.replace("'one'", "'one' "));
  const labPage = await openInLab('received.ipynb');
  await labPage.page.locator('[title*="not trusted" i]').first().waitFor();
  return labPage;
}
