import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isCode, readNotebook, type Notebook } from '../../maintain/notebook-cells';
import { runToEnd } from './run-tool';

export const root = path.resolve(__dirname, '../..');

/** Executes notebooks with `tools/run-notebooks.py`, as `npm run workshop` does, of the repository that lies `at`. */
export async function runNotebooks(files: string[], outDir: string, env: NodeJS.ProcessEnv, at = root) {
  const args = [path.join(at, 'tools', 'run-notebooks.py'), '--out', outDir, ...files];
  const options = { env: { JUPYTER_PATH: path.join(at, 'jupyter'), ...env } };
  const { code, stdout, stderr } = await runToEnd(path.join(at, '.venv', 'bin', 'python'), args, options);
  return { exitCode: code, printed: stdout + stderr };
}

/** Writes a notebook for our kernel with these code cells, named c0, c1 and so on; returns its file. */
export async function writeNotebook(file: string, sources: string[]): Promise<string> {
  const template = JSON.parse(await readFile(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8')) as object;
  const code = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [] };
  const cells = sources.map((source, position) => ({ ...code, id: `c${position}`, source }));
  await writeFile(file, JSON.stringify({ ...template, cells }));
  return file;
}

function joined(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '');
}

/** What a cell of an executed notebook shows. */
export interface ShownCell {
  text: string;
  html: string;
  stderr: string;
}

export function shown(notebook: Notebook, id: string): ShownCell {
  const cell = notebook.cells.find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  const outputs = cell.outputs ?? [];
  const stream = (name: string) => outputs.map((output) => (output.name === name ? joined(output.text) : '')).join('');
  const html = outputs.map(({ data }) => joined(data?.['text/html'])).join('');
  return { text: stream('stdout'), html, stderr: stream('stderr') };
}

export function readExecuted(outDir: string, name: string): Promise<Notebook> {
  return readNotebook(path.join(outDir, path.basename(name)));
}

/** No cell failed, none printed an error, NaN or undefined. */
export function assertSensible(notebook: Notebook): void {
  for (const { id } of notebook.cells.filter(isCode)) {
    const { text, html, stderr } = shown(notebook, id);
    assert.equal(stderr, '', id);
    assert.doesNotMatch(text + html.replaceAll(/"data:[^"]*"/g, ''), /NaN|undefined/, id);
  }
}
