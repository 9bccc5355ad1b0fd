import { escapeHtml, noLatex } from '../lib/html';
import { inNotebook, newNotebookDisplay } from './notebook';

/** Shows a sentence to the reader, and removes it once `until` settles. */
export type Notice = (sentence: string, until?: Promise<unknown>) => void;

/**
 * Shows a sentence to the reader: below the cell in a notebook, else on stderr, where progress goes too.
 *
 * @param until once this is settled, well or not, the sentence vanishes; in a terminal it stays
 */
export function showNotice(sentence: string, until?: Promise<unknown>): void {
  if (!inNotebook()) {
    process.stderr.write(`${sentence}\n`);
    return;
  }
  const display = newNotebookDisplay();
  display.html(noticeHtml(sentence));
  const vanish = () => {
    display.html('');
  };
  until?.then(vanish, vanish);
}

function noticeHtml(sentence: string): string {
  const style =
    'font:14px/1.4 system-ui,sans-serif;max-width:720px;margin:4px 0;padding:4px 12px;border-left:4px solid #2f81f7';
  return `<div ${noLatex} style="${style}">${escapeHtml(sentence)}</div>`;
}
