import type { Display } from 'tslab';

/** True where this code runs in a tslab kernel, that is, in a notebook's cell. */
export function inNotebook(): boolean {
  return '__tslab__' in globalThis;
}

/**
 * A place in the current cell's output, filled and later refilled by its `html()`.
 * tslab is loaded only here: it brings a whole TypeScript compiler, which a terminal has no use for. Ask
 * {@link inNotebook} first.
 */
export function newNotebookDisplay(): Display {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand, in the kernel only
  return (require('tslab') as typeof import('tslab')).newDisplay();
}
