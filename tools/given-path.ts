import path from 'node:path';

/**
 * A path as it was given on the command line, absolute. npm runs scripts in the repository's folder; the path is meant
 * from where its user stands, which npm tells in INIT_CWD.
 */
export function givenPath(given: string): string {
  return path.resolve(process.env.INIT_CWD ?? '', given);
}
