// Everything goes to stderr: a command's results have stdout for themselves.

const { stderr } = process;

/** How often a step is said to be still at work, in ms: in its place in a terminal, in a line of its own in a log. */
const stillAtWork = { terminal: 1000, log: 10_000 };

/** When each step that is at work began. @type {Map<string, number>} */
const begun = new Map();
/** How many of them have a progress bar, which then has the terminal's line to itself. */
let bars = 0;
/** @type {NodeJS.Timeout | undefined} */
let timer;

/** @param {string} text */
export function say(text) {
  // A progress bar may stand in this line.
  stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`);
}

/**
 * Says that a step begins, then how long it has been at work, and in the end how long it took.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {{ hasBar?: boolean }} [options] whether it shows by itself how far it is
 * @returns {Promise<T>}
 */
export async function step(name, work, { hasBar = false } = {}) {
  say(`  ${name} …`);
  const startedAt = Date.now();
  begun.set(name, startedAt);
  if (hasBar) bars++;
  timer ??= setInterval(sayStillAtWork, stderr.isTTY ? stillAtWork.terminal : stillAtWork.log);
  try {
    const result = await work();
    say(`  ${name}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return result;
  } finally {
    begun.delete(name);
    if (hasBar) bars--;
    if (begun.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}

function sayStillAtWork() {
  if (bars > 0) return;
  const steps = [...begun].map(([name, startedAt]) => {
    return `${name} … ${Math.round((Date.now() - startedAt) / 1000)} s`;
  });
  const line = `  ${steps.join(', ')}`;
  if (stderr.isTTY) stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns || 80) - 1)}`);
  else say(line);
}
