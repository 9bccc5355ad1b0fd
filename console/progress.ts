import { inNotebook, newNotebookDisplay } from './notebook';
import { progressHtml, progressTerminalLine, type ProgressState } from './progress-line';

/** One line that follows a long piece of work. */
export interface Progress {
  /**
   * @param done how much is done by now, in the line's unit; cheap enough to be called for every item. The rate is
   * counted from the first call on.
   * @param note something to add at the end of the line, such as "2 skipped"
   */
  update(done: number, note?: string): void;
  /** Shows the last state, with `summary` in place of the note, and ends the line. */
  finish(summary?: string): void;
}

interface ProgressOptions {
  label: string;
  unit: ProgressState['unit'];
  /** In the line's unit; left out while it is not known. */
  total?: number;
}

/**
 * A notebook gets at most ten updates a second: tslab loses messages, the one that ends the cell among them,
 * when it is flooded. A log that is not a terminal gets a line every five seconds.
 */
const pauseMs = { notebook: 100, terminal: 100, log: 5000 };

/** Where progress lines go: replaces what was written last. */
function openSink(): { pause: number; write(state: ProgressState, last: boolean): void } {
  if (inNotebook()) {
    const display = newNotebookDisplay();
    return {
      pause: pauseMs.notebook,
      write: (state) => {
        display.html(progressHtml(state));
      },
    };
  }
  const { stderr } = process;
  if (stderr.isTTY) {
    return {
      pause: pauseMs.terminal,
      write: (state, last) => {
        const line = progressTerminalLine(state);
        // A line that wraps can't be replaced: its first part would stay above the next.
        stderr.write(`\r\x1b[K${last ? `${line}\n` : line.slice(0, (stderr.columns || 80) - 1)}`);
      },
    };
  }
  return {
    pause: pauseMs.log,
    write: (state) => {
      stderr.write(`${progressTerminalLine(state)}\n`);
    },
  };
}

/**
 * A progress line with bar, count, rate and time left: updated in place in a notebook's cell and in a terminal
 * (on stderr: stdout stays clean for results), a line now and then in a log.
 */
export function createProgress({ label, unit, total }: ProgressOptions): Progress {
  const sink = openSink();
  // The rate counts from here on: a download that is resumed begins above zero.
  let first: { done: number; at: number } | undefined;
  let shownAt = -Infinity;
  let state: ProgressState = { label, unit, total, done: 0, rate: 0 };

  const show = (last: boolean) => {
    shownAt = performance.now();
    sink.write(state, last);
  };
  show(false); // at zero, to show that something begins
  return {
    update(done, note) {
      first ??= { done, at: performance.now() };
      const seconds = (performance.now() - first.at) / 1000;
      state = { ...state, done, note, rate: seconds > 0 ? (done - first.done) / seconds : 0 };
      if (performance.now() - shownAt >= sink.pause) show(false);
    },
    finish(summary) {
      state = { ...state, note: summary ?? state.note };
      show(true);
    },
  };
}
