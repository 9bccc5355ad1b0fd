import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { ownIndexName } from '../further/index';
import { launchChromium, skipWithoutChromium } from './support/chromium';
import { startFaultyProxy } from './support/faulty-proxy';
import { deleteIndex, fillPhotoIndex, photosDir, startSearchPage, type SearchPage } from './support/search-page';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

/** Code for the page: a file comes by an event. */
function handOver(event: string, type: string, property: string, bytes: Buffer): string {
  return `{
    const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (one) => one.charCodeAt(0));
    const ${property} = new DataTransfer();
    ${property}.items.add(new File([bytes], 'mine.jpg', { type: 'image/jpeg' }));
    const options = { ${property}, bubbles: true, cancelable: true };
    document.dispatchEvent(new ${event}('${type}', options));
  }`;
}

/** Code for the page: whether its canvas shows pictures. */
const isPainted = `(() => {
  const canvas = document.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4000) colours.add(data.slice(i, i + 3).join());
  return colours.size > 50;
})()`;

const index = `test-page-${process.pid}`;

/** A page that is open, and what went wrong in it. */
interface Opened {
  page: Page;
  /** Errors on the console or thrown, but for answers that say that something is wrong. */
  errors: string[];
  /** Requests to anywhere else. */
  elsewhere: string[];
}

describe('the search as a page', { skip: skipWithoutChromium }, () => {
  let browser: Browser;
  let served: SearchPage;

  before(async () => {
    [browser] = await Promise.all([launchChromium(), fillPhotoIndex(index)]);
    served = await startSearchPage({ index });
  });
  after(async () => {
    await browser.close();
    await served.close();
    await deleteIndex(index);
  });

  async function open(
    t: TestContext,
    address = '/',
    options: Parameters<Browser['newContext']>[0] & { url?: string } = {},
  ): Promise<Opened> {
    const { url = served.url, ...rest } = options;
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...rest });
    t.after(() => context.close());
    const page = await context.newPage();
    const opened: Opened = { page, errors: [], elsewhere: [] };
    page.on('pageerror', (error) => opened.errors.push(error.message));
    page.on('console', (message) => {
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) opened.errors.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) {
        opened.elsewhere.push(request.url());
      }
    });
    await page.goto(url + address);
    return opened;
  }

  const tiles = (page: Page) => page.locator('#photos > li');
  const titles = (page: Page) => page.locator('#photos h2').allTextContents();

  /** Until the page says what `words` mean, after a search. */
  async function says(page: Page, words: RegExp): Promise<void> {
    await page.locator('#verdict', { hasText: words }).waitFor();
  }

  async function type(page: Page, words: string): Promise<void> {
    const answered = page.waitForResponse((response) =>
      response.url().includes(`api/search?q=${encodeURIComponent(words).replaceAll('%20', '+')}`),
    );
    await page.locator('#text').fill(words);
    await answered;
  }

  const ids = async (page: Page) => {
    const addresses = await page.evaluate<string[]>(
      '[...document.querySelectorAll("#photos img")].map((image) => image.getAttribute("src"))',
    );
    return addresses.map((address) => decodeURIComponent(address).split('/')[2] ?? '');
  };

  /** Until the first photo's id has `part` in it. */
  async function firstIs(page: Page, part: string): Promise<void> {
    await page.locator(`#photos > li:first-child img[src*="${part}"]`).waitFor();
  }

  async function isShown(picture: Locator): Promise<void> {
    await picture.evaluate(async (image) => {
      await (image as unknown as { decode: () => Promise<void> }).decode();
    });
  }

  test('typing shows photos, credit, score in words and a plain verdict; what is typed on replaces it', async (t) => {
    const { page, errors, elsewhere } = await open(t);
    await says(page, /^81 photos$/);
    await page.locator('#text').pressSequentially('red flow', { delay: 30 });
    await type(page, 'red flowers');
    await says(page, /What you describe is probably among these/);
    const first = tiles(page).first();
    await first.locator('.near', { hasText: 'close' }).waitFor();
    assert.match(await first.locator('.credit').innerText(), /, (CC|GPL|LGPL|Public)/);
    await isShown(first.locator('img'));
    assert.ok((await ids(page)).slice(0, 6).includes('red-zinnias.jpg'));

    await type(page, 'a bridge at night');
    await firstIs(page, 'bridge');
    await type(page, 'sdfkjh flowers');
    await page.locator('#notices', { hasText: 'does not know "sdfkjh"' }).waitFor();
    await type(page, 'qwrtzp');
    await says(page, /Probably no photo here shows this/);
    assert.deepEqual([errors, elsewhere], [[], []]);
  });

  test('more and less like a photo stand as chips beside the text, each with its weight, and move the hits', async (t) => {
    const { page } = await open(t, '/?q=flowers');
    await says(page, /probably/);
    const before = await ids(page);
    const sunflower = tiles(page).filter({ has: page.locator('img[src*="sunflower"]') });
    await sunflower.hover();
    await sunflower.getByRole('button', { name: /^More like/ }).click();
    await page.locator('.chip').first().waitFor();
    await page.locator(`#photos > li:first-child img:not([src="api/photos/${String(before[0])}/thumb"])`).waitFor();
    const more = await ids(page);
    assert.ok(!more.includes('sunflower.jpg'), 'the photo itself is not among its hits');

    const yellow = tiles(page).first();
    const disliked = (await ids(page))[0] ?? '';
    await yellow.hover();
    await yellow.getByRole('button', { name: /^Less like/ }).click();
    await page.locator('.chip.less').waitFor();
    await page.locator(`#photos img[src*="${disliked}"]`).waitFor({ state: 'detached' });
    assert.match(page.url(), /q=flowers&like=1%3Asunflower.jpg&like=-0.5%3A/);

    await page.getByLabel('sunflower.jpg: weight').selectOption('2');
    await page.waitForURL(/like=2%3Asunflower/);
    await page.getByRole('button', { name: 'Search without sunflower.jpg' }).click();
    await page.waitForURL(/q=flowers&like=-0.5%3A/);
    assert.equal(await page.locator('.chip').count(), 1);
  });

  test('a photo that is chosen, dropped or pasted is searched with, and shared by the address alone', async (t) => {
    const { page, errors } = await open(t);
    await says(page, /photos/);
    const folder = temporaryFolder(t);
    // Lies on its side, as phones save it: the page turns it as an upload does.
    const file = path.join(folder, 'mine.jpg');
    await sharp(path.join(photosDir, 'sunflower.jpg')).rotate(90).withMetadata({ orientation: 8 }).toFile(file);
    await page.locator('#file').setInputFiles(file);
    await page.waitForURL(/drop=1%3A/);
    await page.locator('#photos img[src*="sunflower"]').first().waitFor();
    assert.equal((await ids(page))[0], 'sunflower.jpg');
    await isShown(page.locator('.chip img'));

    const { page: friend } = await open(t, new URL(page.url()).search);
    await friend.locator('#photos img[src*="sunflower"]').first().waitFor();
    assert.deepEqual(await ids(friend), await ids(page));

    const cat = await readFile(path.join(photosDir, 'ginger-cat-face.jpg'));
    await page.evaluate(handOver('DragEvent', 'drop', 'dataTransfer', cat));
    await firstIs(page, 'cat');
    assert.equal(await page.locator('.chip').count(), 1, 'it takes the place of the other');

    const words = Buffer.from('no picture');
    await page.evaluate(handOver('ClipboardEvent', 'paste', 'clipboardData', words));
    await page.locator('#trouble', { hasText: 'is not a picture that can be read' }).waitFor();
    assert.deepEqual(errors, []);
  });

  test('filters have counts, go together, and stand in the address', async (t) => {
    const { page } = await open(t);
    await says(page, /^81 photos$/);
    await page.locator('summary').click();
    const portrait = page.locator('#filter-orientation option', { hasText: 'portrait' });
    const count = Number(/\((\d+)\)/.exec(await portrait.innerText())?.[1]);
    await page.locator('#filter-orientation').selectOption('portrait');
    await says(page, new RegExp(`^${count} photos$`));
    const green = page.getByRole('button', { name: /^green, \d+ photos$/ });
    const both = Number(await green.innerText());
    assert.ok(both > 0 && both < count);
    await green.click();
    await says(page, new RegExp(`^${both} photos?$`));
    assert.equal(await tiles(page).count(), both);
    assert.match(page.url(), /orientation=portrait&colour=green/);
    await page.getByRole('button', { name: 'No filters' }).click();
    await says(page, /^81 photos$/);
  });

  test('scrolling shows all photos, each once; the back button and a shared address bring a search back', async (t) => {
    const { page } = await open(t, '/', { viewport: { width: 700, height: 500 } });
    await says(page, /^81 photos$/);
    for (const words of ['', 'the sea']) {
      if (words !== '') await type(page, words);
      await page
        .locator('#photos .near')
        .first()
        .waitFor({ state: words === '' ? 'detached' : 'attached' });
      await page.evaluate('scrollTo(0, 0)');
      const before = await tiles(page).count();
      assert.ok(before < 81, `${before} at once`);
      while ((await tiles(page).count()) < 81) {
        await page.mouse.wheel(0, 4000);
        await page.waitForTimeout(50);
      }
      const all = await ids(page);
      assert.equal(new Set(all).size, 81);
    }
    const found = (await titles(page)).slice(0, 10);
    await page.waitForTimeout(1600); // words that follow later have an entry of their own
    await type(page, 'a dog');
    await page.goBack();
    await page.waitForURL(/q=the\+sea/);
    assert.equal(await page.locator('#text').inputValue(), 'the sea');
    await page.locator('#photos > li:first-child h2', { hasText: found[0] }).waitFor();
    const { page: friend } = await open(t, new URL(page.url()).search);
    await says(friend, /./);
    assert.deepEqual((await titles(friend)).slice(0, 10), found);
  });

  test('a click opens the large view: whole photo and credit, arrows go on, also past the page’s end, Escape closes', async (t) => {
    const { page } = await open(t, '/?q=flowers');
    await says(page, /probably/);
    const [first = '', second = ''] = await ids(page);
    await tiles(page).first().locator('.open').click();
    const large = page.locator('#large');
    await isShown(page.locator('#large-photo'));
    assert.equal(await page.locator('#large-photo').getAttribute('src'), `api/photos/${first}/whole`);
    assert.match(await page.locator('#large-credit').innerText(), /\w/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL((url) => url.searchParams.get('photo') === second);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL((url) => url.searchParams.get('photo') === first);
    for (let step = 0; step < 30; step++) {
      const at = new URL(page.url()).searchParams.get('photo');
      await page.keyboard.press('ArrowRight');
      await page.waitForURL((url) => url.searchParams.get('photo') !== at);
    }
    const { page: friend } = await open(t, new URL(page.url()).search);
    await isShown(friend.locator('#large-photo'));
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'hidden' });
    assert.equal(new URL(page.url()).searchParams.get('photo'), null);
    await page.goForward();
    await large.waitFor();
  });

  test('the map shows all photos with the hits framed; it zooms, moves, and a click opens a photo', async (t) => {
    const { page, errors } = await open(t, '/?q=flowers');
    await says(page, /probably/);
    await page.getByRole('button', { name: 'Map' }).click();
    await page
      .locator('#map-says', {
        hasText: '81 photos, similar ones close together; those found are framed.',
      })
      .waitFor();
    const canvas = page.locator('#canvas');
    const picture = async () => (await canvas.screenshot()).toString('base64');
    while (!(await page.evaluate(isPainted))) await page.waitForTimeout(100);
    const whole = await picture();
    await canvas.hover();
    await page.mouse.wheel(0, -600);
    await page.waitForTimeout(300);
    const near = await picture();
    assert.notEqual(near, whole);
    await page.mouse.down();
    await page.mouse.move(500, 400, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(300);
    assert.notEqual(await picture(), near);
    assert.equal(new URL(page.url()).searchParams.get('photo'), null, 'a drag is not a click');
    await canvas.focus();
    await page.keyboard.press('Enter');
    await isShown(page.locator('#large-photo'));
    await page.keyboard.press('Escape');
    await page.goBack();
    await tiles(page).first().waitFor();
    assert.deepEqual(errors, []);
  });

  test('all goes by keyboard alone', async (t) => {
    const { page } = await open(t);
    await says(page, /^81 photos$/);
    const focused = () => page.evaluate<string>('document.activeElement.ariaLabel || document.activeElement.id');
    const tabTo = async (name: RegExp) => {
      for (let step = 0; step < 60; step++) {
        if (name.test(await focused())) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`Tab never comes to ${String(name)}`);
    };
    await tabTo(/^text$/);
    await page.keyboard.type('sunflower');
    await says(page, /probably/);
    await tabTo(/^More like Sunflower$/);
    await page.keyboard.press('Enter');
    await page.locator('.chip').waitFor();
    await page.locator('#text').focus();
    await tabTo(/^Yellow Flower$/);
    await page.keyboard.press('Enter');
    await page.locator('#large').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await page.locator('#large').waitFor({ state: 'hidden' });
    assert.ok((await titles(page)).includes(await focused()), 'the focus is on the photo seen last');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in any view, ${colorScheme}, wide and 360 px narrow, where nothing is cut off`, async (t) => {
      const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
      for (const width of [1280, 360]) {
        const viewport = { width, height: 800 };
        const { page } = await open(t, '/?q=flowers&like=1:sunflower.jpg&like=-0.5:ginger-cat-face.jpg', {
          colorScheme,
          viewport,
        });
        await says(page, /nearest|close/);
        await page.locator('summary').click();
        for (const view of ['photos', 'large', 'map'] as const) {
          if (view === 'large') await tiles(page).first().locator('.open').click();
          if (view === 'map') {
            await page.keyboard.press('Escape');
            await page.getByRole('button', { name: 'Map' }).click();
          }
          await page.waitForTimeout(400);
          await page.evaluate(axe);
          const found = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as {
              axe: {
                run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
              };
            };
            const { violations } = await axe.run();
            return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
          });
          assert.deepEqual(found, [], `${view}, ${width} px`);
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        }
      }
    });
  }

  test('where there is no index, the page offers to make one of a folder, shows how far it is, then the photos; copies are folded on request', async (t) => {
    const folder = path.join(temporaryFolder(t), 'few');
    await mkdir(folder);
    const names = ['sunflower.jpg', 'red-zinnias.jpg', 'ginger-cat-face.jpg'];
    for (const name of names) await copyFile(path.join(photosDir, name), path.join(folder, name));
    await copyFile(path.join(photosDir, 'sunflower.jpg'), path.join(folder, 'same.jpg'));
    await sharp(path.join(photosDir, 'sunflower.jpg'))
      .jpeg({ quality: 60 })
      .toFile(path.join(folder, 'saved-again.jpg'));
    const missing = `${index}-missing`;
    const empty = await startSearchPage({ index: missing });
    t.after(async () => {
      await empty.close();
      await deleteIndex(ownIndexName(missing, folder));
    });
    const { page, errors } = await open(t, '/', { url: empty.url });
    await page.getByRole('heading', { name: 'There is nothing to search yet' }).waitFor();
    await page.getByLabel('Or a folder of yours on this machine').fill(`${folder}-not`);
    await page.keyboard.press('Enter');
    await page.locator('#begin-says', { hasText: 'folder' }).waitFor();
    assert.doesNotMatch(await page.locator('#begin-says').innerText(), /workshop-test/);
    await page.getByLabel('Or a folder of yours on this machine').fill(folder);
    await page.keyboard.press('Enter');
    await says(page, /^5 photos$/);
    await page.locator('summary').click();
    await page.getByLabel('Show copies once').check();
    await page.locator('#photos:not(:has(> li:nth-child(4))) > li:nth-child(3)').waitFor();
    await page.locator('[data-copies="2"]').waitFor();
    assert.deepEqual(errors, []);
  });

  test('OpenSearch away, or the page’s own server: the page says so and comes back by itself', async (t) => {
    let isAway = false;
    const proxy = await startFaultyProxy(await testOpenSearchUrl(), () => (isAway ? 'reset' : undefined));
    let behind = await startSearchPage({ index, serviceUri: proxy.url });
    t.after(async () => {
      await behind.close();
      await proxy.close();
    });
    const { page, errors } = await open(t, '/', { url: behind.url });
    await says(page, /^81 photos$/);
    isAway = true;
    await page.locator('#text').fill('red flowers');
    const trouble = page.locator('#trouble');
    await trouble.filter({ hasText: 'OpenSearch does not answer' }).waitFor();
    isAway = false;
    await says(page, /What you describe is probably among these/);
    await trouble.waitFor({ state: 'hidden' });

    const { port } = behind;
    await behind.close();
    await page.locator('#text').fill('a dog');
    await trouble.filter({ hasText: 'npm run app starts it again' }).waitFor();
    behind = await startSearchPage({ index, serviceUri: proxy.url, port });
    await trouble.waitFor({ state: 'hidden' });
    await firstIs(page, 'dog');
    assert.deepEqual(errors, []);
  });
});
