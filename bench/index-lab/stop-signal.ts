/**
 * A signal that is aborted when this process is asked to end, by Ctrl-C, by `kill` or with its terminal. It can
 * then clean up first. Asked again, it ends at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}
