/** Times between lines of a log, in ms. */
const pauseMs = { terminal: 100, log: 10_000 };

export interface StepLine {
  show: (step: string, done: number, total: number) => void;
  /** Takes the line away, before something else is printed. */
  end: () => void;
}

/** A line that tells how far a step is: in its place in a terminal, now and then in a log. To stderr. */
export function stepLine(): StepLine {
  const { stderr } = process;
  let shownAt = -Infinity;
  let last = '';
  return {
    show(step, done, total) {
      const now = performance.now();
      if (step === last && now - shownAt < (stderr.isTTY ? pauseMs.terminal : pauseMs.log)) return;
      shownAt = now;
      last = step;
      const text = `${step}: ${Math.floor((100 * done) / total)} % of ${total.toLocaleString('en')}`;
      stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\x1b[K');
    },
  };
}
