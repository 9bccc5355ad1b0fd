import { SetupProblem } from '../setup/problem.mjs';

/**
 * The result of one check: all well, something that the reader has to mend, something that works but probably
 * is not what the reader wants, or something to know.
 * @typedef {{ what: string, state: 'ok' | 'wrong' | 'warning' | 'note', says: string }} Finding
 */

const signs = { ok: 'OK   ', wrong: 'WRONG', warning: 'WARN ', note: '  –  ' };

/**
 * One line for each finding.
 * @param {Finding} finding
 */
export function lineOf({ what, state, says }) {
  return `${signs[state]}  ${what.padEnd(15)} ${says.replace(/\s*\n\s*/g, ' ')}`;
}

/**
 * Checks one thing. What `look` returns is fine (or a note, if it says so); what it throws for the reader is wrong.
 *
 * @param {string} what
 * @param {() => string | Omit<Finding, 'what'> | Promise<string | Omit<Finding, 'what'>>} look
 * @returns {Promise<Finding>}
 */
export async function examine(what, look) {
  try {
    const found = await look();
    return typeof found === 'string' ? { what, state: 'ok', says: found } : { what, ...found };
  } catch (error) {
    return { what, state: 'wrong', says: explain(error) };
  }
}

/**
 * @param {string} says
 * @returns {Omit<Finding, 'what'>}
 */
export function note(says) {
  return { state: 'note', says };
}

/**
 * @param {string} says
 * @returns {Omit<Finding, 'what'>}
 */
export function warning(says) {
  return { state: 'warning', says };
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function explain(error) {
  if (!(error instanceof Error)) return String(error);
  // The errors of lib are known by name: this file must load without its packages.
  const forTheReader =
    error instanceof SetupProblem ||
    ['PhotoSearchError', 'RequestError', 'DownloadError', 'UploadError'].includes(error.name);
  return forTheReader ? error.message : `This check itself failed: ${error.message}`;
}
