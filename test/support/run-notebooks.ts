import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { isCode, readNotebook, type Notebook, type NotebookCell } from '../../maintain/notebook-cells';

export const root = path.resolve(__dirname, '../..');

export interface NotebookRun {
  exitCode: number;
  /** What was printed, both streams. */
  printed: string;
}

/** Executes notebooks with `tools/run-notebooks.py`, as `npm run workshop` does. */
export function runNotebooks(files: string[], outDir: string, env: NodeJS.ProcessEnv): Promise<NotebookRun> {
  const python = path.join(root, '.venv', 'bin', 'python');
  const args = [path.join(root, 'tools', 'run-notebooks.py'), '--out', outDir, ...files];
  return new Promise((resolve) => {
    execFile(
      python,
      args,
      { cwd: root, env: { ...process.env, JUPYTER_PATH: path.join(root, 'jupyter'), ...env }, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ exitCode, printed: stdout + stderr });
      },
    );
  });
}

function joined(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '');
}

/** What a cell of an executed notebook shows. */
export interface ShownCell {
  text: string;
  html: string;
  stderr: string;
  executionCount: number | null | undefined;
}

export function shown(notebook: Notebook, id: string): ShownCell {
  const cell: NotebookCell | undefined = notebook.cells.find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  const outputs = cell.outputs ?? [];
  const stream = (name: string) => outputs.filter((output) => output.name === name).map(({ text }) => joined(text));
  return {
    text: stream('stdout').join(''),
    html: outputs.map(({ data }) => joined(data?.['text/html'])).join(''),
    stderr: stream('stderr').join(''),
    executionCount: cell.execution_count,
  };
}

export function readExecuted(outDir: string, name: string): Promise<Notebook> {
  return readNotebook(path.join(outDir, path.basename(name)));
}

/** No cell failed, none printed an error or a number that is none. */
export function assertSensible(notebook: Notebook): void {
  for (const { id } of notebook.cells.filter(isCode)) {
    const { text, html, stderr } = shown(notebook, id);
    assert.equal(stderr, '', id);
    assert.doesNotMatch(text + html.replaceAll(/"data:[^"]*"/g, ''), /NaN|undefined/, id);
  }
}
