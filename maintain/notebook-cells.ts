import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A notebook as its file has it, as far as it is used here. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: { kernelspec?: { name?: string } };
}

interface NotebookCell {
  cell_type: 'code' | 'markdown';
  id: string;
  source: string[];
  outputs?: NotebookOutput[];
  execution_count?: number | null;
  metadata: Record<string, unknown>;
}

interface NotebookOutput {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
}

/** The notebooks that `npm run workshop` runs, in their order. */
export function workshopNotebooks(root: string): Promise<string[]> {
  return notebooksIn(root, '');
}

/** The bonus notebooks, in their order, as seen from the repository. */
export function furtherNotebooks(root: string): Promise<string[]> {
  return notebooksIn(root, 'further');
}

/** All notebooks, in their order, as seen from the repository. */
export async function notebookNames(root: string): Promise<string[]> {
  return [...(await workshopNotebooks(root)), ...(await furtherNotebooks(root))];
}

async function notebooksIn(root: string, folder: string): Promise<string[]> {
  const names = await readdir(path.join(root, folder));
  return names
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => path.join(folder, name));
}

export async function readNotebook(file: string): Promise<Notebook> {
  return JSON.parse(await readFile(file, 'utf8')) as Notebook;
}

export function isCode({ cell_type }: NotebookCell): boolean {
  return cell_type === 'code';
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
    .filter(isCode)
    .map((cell) => `// cell: ${cell.id}\n${sourceOf(cell)}\n`)
    .join('\n')
    .replaceAll(/(from ['"])\.\//g, `$1${repository}/`);
}

/** The file of a notebook's module, below `folder`. */
export function moduleFile(folder: string, notebook: string): string {
  return path.join(folder, `${path.basename(notebook, '.ipynb')}.ts`);
}
