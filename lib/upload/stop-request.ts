/**
 * Waits for a request's answer; aborts the request `graceMs` after the signal is aborted. Leaves no listener on the
 * signal, which may live as long as the process.
 *
 * @throws the signal's reason if it was aborted before the answer came
 */
export async function stopRequest<Answer>(
  request: Promise<Answer> & { abort(): void },
  signal: AbortSignal,
  graceMs = 0,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    timer = setTimeout(() => {
      request.abort();
    }, graceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  try {
    return await request;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
