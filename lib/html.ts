const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Text made safe for HTML, between tags as well as inside a quoted attribute. Half a surrogate pair becomes U+FFFD:
 * Jupyter cannot save a notebook that holds one.
 */
export function escapeHtml(text: string): string {
  const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return wellFormed.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** At most `length` characters of a text: a huge one from an index must not fill the page. */
export function shorten(text: string, length = 80): string {
  // Don't leave half of a character at the end.
  return text.length > length ? `${text.slice(0, length - 1).replace(/\p{Surrogate}$/u, '')}…` : text;
}

/**
 * An attribute for the outermost element of what a notebook shows. JupyterLab takes what stands between two `$` for
 * LaTeX, which can hold links: texts from an index, and prices, are to stay as they are.
 */
export const noLatex = 'class="mathjax_ignore tex2jax_ignore"';
