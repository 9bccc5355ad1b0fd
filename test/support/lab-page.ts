import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { JupyterLab } from './jupyterlab';

/** How long anything may take on a loaded machine. */
export const patience = 120_000;

export interface LabPage {
  page: Page;
  /** Errors in its console, scripts that failed, dialogs. */
  troubles: string[];
  /** Every address that it asked for, but for `data:` and `blob:`. */
  requests: string[];
}

/** A page of a browser, watched. */
export async function openPage(browser: Browser): Promise<LabPage> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  const troubles: string[] = [];
  const requests: string[] = [];
  page.setDefaultTimeout(patience);
  await page.addInitScript({ path: path.join(__dirname, 'in-page.cjs') });
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  return { page, troubles, requests };
}

/** Opens a notebook in JupyterLab and waits for its kernel. */
export async function openNotebook({ page }: LabPage, lab: JupyterLab, file: string): Promise<void> {
  await page.goto(`${lab.url}/lab/tree/${file}?token=${lab.token}&reset`);
  await page.locator('.jp-NotebookPanel:visible .jp-CodeCell').first().waitFor();
  await page.locator('.jp-StatusBar-Widget', { hasText: '(workshop) | Idle' }).waitFor();
}

/** Chooses from JupyterLab's menus, as with the mouse. */
export async function chooseFromMenu({ page }: LabPage, ...names: string[]): Promise<void> {
  for (const [depth, name] of names.entries()) {
    const bar = depth === 0 ? '.lm-MenuBar-itemLabel' : '.lm-Menu-itemLabel';
    await page.locator(bar).getByText(name, { exact: true }).click();
  }
}

/** Run → Run All Cells; returns when the last cell has its number. */
export async function runAllCells(labPage: LabPage): Promise<void> {
  await chooseFromMenu(labPage, 'Run', 'Run All Cells');
  await untilRun(labPage.page.locator('.jp-NotebookPanel:visible'));
}

/** Waits until every code cell within `scope` has run. Throws with what a cell says on stderr. */
export async function untilRun(scope: Locator): Promise<void> {
  const begin = Date.now();
  for (;;) {
    const stderr = await scope.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents();
    if (stderr.length > 0) throw new Error(`a cell wrote to stderr: ${stderr.join('\n')}`);
    const all = await scope.locator('.jp-InputPrompt').allTextContents();
    const prompts = all.filter((prompt) => prompt !== ''); // those of text cells are empty
    if (prompts.length > 0 && prompts.every((prompt) => /\[\d+\]/.test(prompt))) return;
    if (Date.now() - begin > patience) throw new Error(`still not run: ${prompts.join(' ')}`);
    await scope.page().waitForTimeout(100);
  }
}

/** The code cell that contains a text. */
export function cellWith({ page }: LabPage, text: string): Locator {
  return page.locator('.jp-NotebookPanel:visible .jp-CodeCell', {
    has: page.locator('.jp-InputArea', { hasText: text }),
  });
}

/** Replaces the line of a cell that contains `part`, and runs the cell with the keyboard, as a reader would. */
export async function typeLine(cell: Locator, part: string, line: string): Promise<void> {
  const { keyboard } = cell.page();
  await cell.locator('.cm-line', { hasText: part }).click();
  await keyboard.press('Home');
  await keyboard.press('Shift+End');
  await keyboard.insertText(line);
}

/** What a function of in-page.cjs tells of the element that `scope` finds. */
export async function measure<Value>(scope: Locator, name: string): Promise<Value> {
  type InPage = { inPage: Record<string, (element: unknown) => Value> };
  return scope.evaluate((element, call) => {
    const tell = (globalThis as unknown as InPage).inPage[call];
    if (!tell) throw new Error(`in-page.cjs has no ${call}`);
    return tell(element);
  }, name);
}

/** How many pictures in the tiles of `scope` are really shown. */
export async function loadedPictures(scope: Locator): Promise<number> {
  const images = await scope.locator('figure img').all();
  const widths = await Promise.all(images.map((image) => measure<number>(image, 'widthWhenLoaded')));
  return widths.filter((width) => width > 0).length;
}

/** Place and size of a tile, from its page's `inPage.tiles`. */
export interface Tile {
  x: number;
  y: number;
  width: number;
  height: number;
  picture: { x: number; width: number; height: number };
  text: string;
  /** By how much its content is wider than itself. */
  overflow: number;
}

/** The texts that are harder to read than WCAG 2.2 AA allows (a contrast of 4.5), with their contrast. */
export async function hardToRead(scope: Locator): Promise<string[]> {
  type Found = { text: string; ratio: number }[];
  const found = await measure<Found>(scope, 'contrasts');
  if (found.length === 0) throw new Error('there is no text to read');
  return found.filter(({ ratio }) => ratio < 4.5).map(({ text, ratio }) => `${ratio.toFixed(2)} ${text}`);
}
