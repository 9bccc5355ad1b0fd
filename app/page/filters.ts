import { html, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { FacetName, Facets } from '../types';
import { address, change, filterNames } from './address';
import { byId } from './ask';

const form = byId('facets', HTMLFormElement);
const none = byId('no-filters', HTMLButtonElement);

form.onchange = () => {
  const given = new FormData(form);
  change(Object.fromEntries([...filterNames, 'fold'].map((name) => [name, given.getAll(name).map(String)])));
};
none.onclick = () => change(Object.fromEntries(filterNames.map((name) => [name, ''])));

/** Shows what can be filtered by, each value with the photos that it would leave, a year with its own. */
export function showFilters(facets: Facets): void {
  const query = address();
  byId('filters', HTMLDetailsElement).hidden = false;
  for (const select of form.querySelectorAll('select')) {
    const { facet = select.name, unit = '' } = select.dataset;
    const counts = facets[facet as FacetName];
    const chosen = query.get(select.name) ?? '';
    const isCounted = chosen === '' || counts.some(({ value }) => value === chosen);
    const values = isCounted ? counts : [...counts, { value: chosen, count: 0 }];
    const option = (value: string, text: string) =>
      html`<option value=${value} .selected=${live(value === chosen)}>${text}</option>`;
    render([option('', 'any'), values.map(({ value, count }) => option(value, `${value}${unit} (${count})`))], select);
    select.parentElement?.toggleAttribute('hidden', values.length < 2 && chosen === '');
  }
  const colour = query.get('colour') ?? '';
  const swatch = (value: string, label: string, text: string | number) => html`
    <label class="swatch" title=${value} .style=${`--colour: ${value === 'brown' ? 'saddlebrown' : value}`}>
      <input type="radio" name="colour" value=${value} aria-label=${label} .checked=${live(value === colour)} />${text}
    </label>
  `; // CSS's brown is a red
  const swatches = facets.colour.map(({ value, count }) => swatch(value, `${value}, ${count} photos`, count));
  render([swatch('', 'any colour', 'any'), swatches], byId('colours', HTMLDivElement));
  byId('fold', HTMLInputElement).checked = query.has('fold');
  const active = filterNames.filter((name) => query.has(name)).length;
  none.hidden = active === 0;
  byId('filtered', HTMLSpanElement).textContent = active > 0 ? ` · ${active} on, ${facets.total} photos` : '';
}
