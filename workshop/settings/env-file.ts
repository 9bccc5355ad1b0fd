import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { PhotoSearchError } from '../../lib/errors';

/**
 * The variables in a `.env` file, read again at each call: a correction counts in the next cell.
 * A missing file has none.
 *
 * @throws PhotoSearchError if the file can't be read, or if a value would be cut at a `#` that is not quoted
 */
export function readEnvFile(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT') return {};
    throw new PhotoSearchError(`${file} can't be read (${code}): it must be a text file.`, { cause });
  }
  if (text.includes('\0')) {
    throw new PhotoSearchError(`${file} is not UTF-8 text: save it again as UTF-8.`);
  }
  assertNothingCut(file, text);
  return parse(text);
}

// dotenv takes an unquoted '#' as the beginning of a comment even inside a word, and so drops the rest of a password
// without a word. A comment after a space is meant as one.
function assertNothingCut(file: string, text: string): void {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, name, value] = /^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*([^\s'"`#].*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const [kept = ''] = value.split(/\s#/);
    if (kept.includes('#')) {
      throw new PhotoSearchError(
        `In ${file}, line ${index + 1}, the value of ${name} would be cut at its '#', which begins a comment: ` +
          `put the value in single quotes, as in ${name}='…#…'.`,
      );
    }
  }
}
