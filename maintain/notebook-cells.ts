import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A notebook as its file has it, as far as it is used here. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: { kernelspec?: { name?: string } };
}

export interface NotebookCell {
  cell_type: 'code' | 'markdown';
  id: string;
  source: string[];
  outputs?: NotebookOutput[];
  execution_count?: number | null;
  metadata: Record<string, unknown>;
}

export interface NotebookOutput {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
}

/** The workshop's notebooks, in their order. */
export async function notebookNames(root: string): Promise<string[]> {
  return (await readdir(root)).filter((name) => name.endsWith('.ipynb')).sort();
}

export async function readNotebook(file: string): Promise<Notebook> {
  return JSON.parse(await readFile(file, 'utf8')) as Notebook;
}

/** A cell's text. */
export function sourceOf({ source }: NotebookCell): string {
  return source.join('');
}

/**
 * A notebook's code cells as one TypeScript module, as far as the compiler and the linter are concerned.
 *
 * @param repository address of the repository as seen from where the module will lie
 */
export function moduleOf(notebook: Notebook, repository: string): string {
  return notebook.cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map((cell) => `// cell: ${cell.id}\n${sourceOf(cell)}\n`)
    .join('\n')
    .replaceAll(/(from ['"])\.\//g, `$1${repository}/`);
}

/** The file of a notebook's module, below `folder`. */
export function moduleFile(folder: string, notebook: string): string {
  return path.join(folder, `${path.basename(notebook, '.ipynb')}.ts`);
}
