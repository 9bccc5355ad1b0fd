/** A word as a POSIX shell takes it, quoted where it needs to be. */
export function shellWord(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll(`'`, `'\\''`)}'`;
}
