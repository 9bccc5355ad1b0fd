/** What keeps a file from being read, as the end of a sentence that begins with its name, from the file system's error. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'is not there (any more)';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by you: change its permissions';
    case 'EISDIR':
      return 'is a folder now';
    default:
      return `can't be read (${code ?? message})`;
  }
}
