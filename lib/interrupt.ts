/** Where the controller lives: tslab loads this file anew whenever it changes, and one listener must do for all. */
const key = Symbol.for('workshop.interrupt');
const shared = globalThis as { [key]?: AbortController };

/**
 * A signal that is aborted when the reader interrupts the cell (■ in the toolbar), or presses Ctrl-C in a terminal.
 * tslab ends an interrupted cell, but what the cell has started goes on unless a signal stops it.
 *
 * The next call after an interrupt gives a new signal. In a terminal, the second Ctrl-C ends the process as usual.
 */
export function interruptSignal(): AbortSignal {
  if (!shared[key] || shared[key].signal.aborted) {
    const controller = new AbortController();
    shared[key] = controller;
    process.once('SIGINT', () => {
      controller.abort(new Error('interrupted'));
    });
  }
  return shared[key].signal;
}
