import type { Progress } from '../../console/progress';

/** A progress line that nobody sees. */
export const silentProgress: Progress = { update: () => undefined, finish: () => undefined };
