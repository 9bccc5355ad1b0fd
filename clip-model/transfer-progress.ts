import { showNotice, type Notice } from '../console/notice';
import { createProgress, type Progress } from '../console/progress';

/** What a download tells its reader. */
export interface TransferDisplay {
  onProgress: (done: number, total: number | undefined) => void;
  onNotice: Notice;
  finish: () => void;
}

// A bar for each of five files of a few kilobytes would only be noise.
const worthShowing = 1_000_000;

/** A progress bar for one file, if it is large enough to be worth one; what goes wrong is told in a line of its own. */
export function showTransfer(label: string): TransferDisplay {
  let bar: Progress | undefined;
  return {
    onProgress(done, total) {
      if ((total ?? done) < worthShowing) return;
      bar ??= createProgress({ label, unit: 'bytes', total });
      bar.update(done);
    },
    onNotice(sentence, until) {
      bar?.finish();
      bar = undefined;
      showNotice(sentence, until);
    },
    finish() {
      bar?.finish();
      bar = undefined;
    },
  };
}
