import path from 'node:path';
import { repositoryRoot } from './settings';

/** The address of a file as seen from a page that lies in `pageDir`. */
export function addressFrom(pageDir: string, file: string): string {
  return path.relative(pageDir, file).split(path.sep).map(encodeURIComponent).join('/');
}

/** The address of a file as seen from a notebook: Jupyter serves nothing from outside the repository. */
export function notebookAddress(file: string): string | undefined {
  if (!file.startsWith(repositoryRoot + path.sep)) return undefined;
  return addressFrom(process.env.NOTEBOOK_DIR ?? repositoryRoot, file);
}
