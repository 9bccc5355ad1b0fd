/**
 * Reads a command line, and goes to where it was called from: `npm run` changes to the repository, but paths are meant
 * from there. If there is nothing to do, it answers: the usage if help is asked for; what is wrong and how to get
 * help, with exit code 2, if the command line makes no sense (`read` throws).
 *
 * @param read is given the words after the command
 * @param usage the ways to call it, an empty line, then the rest
 * @returns undefined if it has been answered
 */
export function understand<CommandLine>(
  read: (words: string[]) => CommandLine,
  usage: string,
): CommandLine | undefined {
  const words = process.argv.slice(2);
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage);
    return undefined;
  }
  const [command = '', script] = /npm run ([\w:-]+)|npx tsx \S+/.exec(usage) ?? [];
  try {
    const commandLine = read(words);
    // npm's variables are there for programs that a script starts, too.
    const { npm_lifecycle_event: running, INIT_CWD: calledFrom } = process.env;
    if (running === script && calledFrom !== undefined) process.chdir(calledFrom);
    return commandLine;
  } catch (error) {
    const [howToCall] = usage.split('\n\n');
    // Node's own advice on an unknown option helps nobody who mistyped one.
    const [problem] = (error as Error).message.split(' To specify a positional');
    console.error(`${problem}\n${howToCall}\n${command}${script === undefined ? '' : ' --'} --help says more.`);
    process.exitCode = 2;
    return undefined;
  }
}

/** @throws Error if an option's value is given, and not a whole number from 1 up */
export function wholeNumber(option: string, value: string): number;
export function wholeNumber(option: string, value: string | undefined): number | undefined;
export function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new Error(`${option} must be a whole number, 1 or more, not ${value}.`);
}
