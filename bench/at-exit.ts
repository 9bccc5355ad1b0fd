const end = (_: string, number: number) => process.exit(128 + number);

/**
 * Has something done before this process ends, in whatever way but SIGKILL: by itself a signal (Ctrl-C, `kill`, a closed
 * terminal) ends it without the event `exit`.
 *
 * @param close can't wait for anything
 * @returns the function that does it at once, and not again
 */
export function atExit(close: () => void): () => void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, end).once(name, end);
  process.once('exit', close);
  return () => {
    process.off('exit', close);
    close();
  };
}
