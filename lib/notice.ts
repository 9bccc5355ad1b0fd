import { escapeHtml } from './html';
import { inNotebook, newNotebookDisplay } from './notebook-display';

/** A sentence for the reader in between: below the cell in a notebook, else on stderr, where progress goes too. */
export function showNotice(sentence: string): void {
  if (inNotebook()) newNotebookDisplay().html(`<div>${escapeHtml(sentence)}</div>`);
  else process.stderr.write(`${sentence}\n`);
}
