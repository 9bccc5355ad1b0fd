import { inspect } from 'node:util';

/** What is wrong, for code that handles it or gives advice. */
export type ErrorCode =
  | 'index-missing'
  | 'index-unusable'
  | 'index-is-alias'
  | 'index-replaced'
  | 'other-model'
  | 'model-unusable'
  | 'model-damaged'
  | 'folder-unusable'
  | 'too-many-pixels'
  | 'no-direction';

let adviceFor: (code: ErrorCode) => string | undefined = () => undefined;

/** Lets an application add its own advice to error messages, such as "run the import again" for `index-missing`. */
export function adviseOnErrors(advice: (code: ErrorCode) => string | undefined): void {
  adviceFor = advice;
}

/**
 * An error with a message for the user: what is wrong, with the values.
 * It prints as that message alone, without a stack trace, both in notebook cells and in terminals.
 */
export class PhotoSearchError extends Error {
  override name = 'PhotoSearchError';
  readonly code?: ErrorCode | undefined;

  constructor(message: string, { code, cause }: { code?: ErrorCode | undefined; cause?: unknown } = {}) {
    const advice = code && adviceFor(code);
    super(advice ? `${message.replace(/\.$/, '')}: ${advice}.` : message, { cause });
    this.code = code;
  }

  [inspect.custom](): string {
    return this.message;
  }
}

/** Why a file can't be read, by the file system's error: the end of a sentence that begins with the file's name. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return "can't be read by you: change its permissions";
  return code === 'EISDIR' ? 'is a folder now' : `can't be read (${code ?? message})`;
}
