import { html, nothing, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { Counts, Facets } from '../types';
import { address, change, filterNames } from './address';
import { byId } from './element';

const form = byId('facets', HTMLFormElement);

form.onchange = () => {
  const given = new FormData(form);
  change(Object.fromEntries([...filterNames, 'fold'].map((name) => [name, given.getAll(name).map(String)])));
};

/** Shows what can be filtered by, each value with the photos that it would leave. */
export function showFilters(facets: Facets): void {
  const query = address();
  const choice = (name: (typeof filterNames)[number], label: string, counts: Counts, unit = '') => {
    const chosen = query.get(name) ?? '';
    if (counts.length < 2 && chosen === '') return nothing;
    const isCounted = chosen === '' || counts.some(({ value }) => value === chosen);
    const values = isCounted ? counts : [...counts, { value: chosen, count: 0 }];
    const option = (value: string, text: string) =>
      html`<option value=${value} .selected=${live(value === chosen)}>${text}</option>`;
    return html`<label>
      ${label}
      <select name=${name} id="filter-${name}">
        ${option('', 'any')} ${values.map(({ value, count }) => option(value, `${value}${unit} (${count})`))}
      </select>
    </label>`;
  };
  const colour = query.get('colour') ?? '';
  const swatch = (value: string, label: string, text: string | number) => html`
    <label class="swatch" title=${value} .style=${`--colour: ${value === 'brown' ? 'saddlebrown' : value}`}>
      <input type="radio" name="colour" value=${value} aria-label=${label} .checked=${live(value === colour)} />${text}
    </label>
  `; // CSS's brown is a red
  const active = filterNames.filter((name) => query.has(name)).length;
  const clear = () => change(Object.fromEntries(filterNames.map((name) => [name, ''])));
  const shown = html`
    <fieldset>
      <legend>Colour</legend>
      ${swatch('', 'any colour', 'any')}
      ${facets.colour.map(({ value, count }) => swatch(value, `${value}, ${count} photos`, count))}
    </fieldset>
    ${choice('orientation', 'Orientation', facets.orientation)}
    ${choice('minWidth', 'Width', facets.minWidth, ' px or more')} ${choice('folder', 'Folder', facets.folder)}
    ${choice('takenFrom', 'Taken from', facets.year)} ${choice('takenTo', 'until', facets.year)}
    <label class="check">
      <input type="checkbox" name="fold" value="true" .checked=${live(query.has('fold'))} />Show copies once
    </label>
    ${active > 0 ? html`<button type="button" @click=${clear}>No filters</button>` : nothing}
  `;
  render(shown, form);
  byId('filtered', HTMLSpanElement).textContent = active > 0 ? ` · ${active} on, ${facets.total} photos` : '';
}
