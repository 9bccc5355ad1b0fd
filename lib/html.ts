const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Text made safe for HTML, between tags as well as inside a quoted attribute. Half a surrogate pair becomes U+FFFD:
 * Jupyter cannot save a notebook that holds one.
 */
export function escapeHtml(text: string): string {
  const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return wellFormed.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * An attribute for the outermost element of what a notebook shows. JupyterLab takes what stands between two `$` for
 * LaTeX, which can hold links: texts from an index, and prices, are to stay as they are.
 */
export const noLatex = 'class="mathjax_ignore tex2jax_ignore"';
