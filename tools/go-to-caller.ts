/**
 * `npm run` changes to the repository; files on the command line are meant from where it was called.
 *
 * @param script its name in package.json: npm's variables are there for programs that a script starts, too
 */
export function goToCaller(script: string): void {
  const { npm_lifecycle_event: running, INIT_CWD: calledFrom } = process.env;
  if (running === script && calledFrom !== undefined) process.chdir(calledFrom);
}
