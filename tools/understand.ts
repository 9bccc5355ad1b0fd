/**
 * Reads a command line, and answers where there is nothing to do: the usage if help is asked for (`read` returns
 * undefined), what is wrong and how to get help, with exit code 2, if it makes no sense (`read` throws).
 *
 * @param usage the ways to call it, an empty line, then the rest
 * @returns undefined if it has been answered
 */
export function understand<CommandLine>(read: () => CommandLine | undefined, usage: string): CommandLine | undefined {
  try {
    const commandLine = read();
    if (commandLine === undefined) console.log(usage);
    return commandLine;
  } catch (error) {
    const [howToCall] = usage.split('\n\n');
    const [command] = /npm run [\w-]+/.exec(usage) ?? [];
    // Node's own advice on an unknown option helps nobody who mistyped one.
    const [problem] = (error as Error).message.split(' To specify a positional');
    console.error(`${problem}\n${howToCall}\n${command} -- --help says more.`);
    process.exitCode = 2;
    return undefined;
  }
}
