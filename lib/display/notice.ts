import { escapeHtml, noLatex } from './html';
import { inNotebook, newNotebookDisplay } from './notebook';

/** A sentence for the reader in between: below the cell in a notebook, else on stderr, where progress goes too. */
export function showNotice(sentence: string): void {
  if (inNotebook()) newNotebookDisplay().html(noticeHtml(sentence));
  else process.stderr.write(`${sentence}\n`);
}

function noticeHtml(sentence: string): string {
  const style =
    'font:14px/1.4 system-ui,sans-serif;max-width:720px;margin:4px 0;padding:4px 12px;border-left:4px solid #2f81f7';
  return `<div ${noLatex} style="${style}">${escapeHtml(sentence)}</div>`;
}
