import { access, constants } from 'node:fs/promises';
import { heicProblem } from '../photos/problem';

/** What keeps a file from being read, as the end of a sentence that begins with its name, from the file system's error. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'was there a moment ago and is gone now';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by you: change its permissions';
    case 'EISDIR':
      return 'is a folder now';
    default:
      return `can't be read (${code ?? message})`;
  }
}

/**
 * What is wrong with a file that could not be decoded: `problem`, unless it can't even be read by now, which image
 * libraries report in many ways.
 */
export async function decodingProblem(file: string, problem: string): Promise<string> {
  try {
    await access(file, constants.R_OK);
    return (await heicProblem(file)) ?? problem;
  } catch (error) {
    return fileProblem(error);
  }
}
