// Everything goes to stderr, so that a command's results have stdout for themselves.

/** @param {string} text */
export function say(text) {
  // A progress bar may stand in this line.
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`);
}

/**
 * Says that a step begins, and how long it took.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  say(`  ${name} …`);
  const startedAt = performance.now();
  const result = await work();
  say(`  ${name}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}
