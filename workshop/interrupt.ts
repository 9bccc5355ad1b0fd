import { PhotoSearchError } from '../lib/errors';

/** Where the controller lives: tslab loads this file again whenever it changes, and one listener must do for all. */
const key = Symbol.for('workshop.interrupt');
const shared = globalThis as { [key]?: AbortController };

/**
 * A signal that is aborted when the reader interrupts the cell (■ in the toolbar), or presses Ctrl-C in a terminal.
 * tslab ends an interrupted cell, but what the cell has started goes on unless a signal stops it.
 *
 * The first call after an interrupt gives a new signal. In a terminal, the second Ctrl-C ends the process as usual.
 */
export function interruptSignal(): AbortSignal {
  if (!shared[key] || shared[key].signal.aborted) {
    const controller = new AbortController();
    shared[key] = controller;
    const interrupt = () => {
      process.removeListener('SIGINT', interrupt);
      controller.abort(
        new PhotoSearchError('Interrupted. Run it again to continue: what was downloaded or uploaded is kept.'),
      );
    };
    // Not at once: while the first part of a cell runs, up to its first `await`, Node has put a handler of its own in
    // the place of all others (`breakOnSigint`). A listener that is added then would never be called, and the signal
    // would end the kernel. Not `once` either, which Node would turn into `on` when it puts the listeners back.
    setImmediate(() => {
      process.on('SIGINT', interrupt);
    });
  }
  return shared[key].signal;
}
