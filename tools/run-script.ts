import { PhotoSearchError } from '../lib/errors';

/**
 * Runs a script's `main`. An error written for the reader is printed as its message alone, anything else with its
 * stack, since it is a mistake of ours; the exit code is 1 for both.
 */
export function runScript(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof PhotoSearchError ? error.message : error);
    process.exitCode = 1;
  });
}
