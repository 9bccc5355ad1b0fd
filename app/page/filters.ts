import { html, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { FacetName, Facets, Problem } from '../types';
import { address, addressPart, change, filterNames } from './address';
import { ask, byId } from './ask';

const form = byId('facets', HTMLFormElement);
/** What was counted last, and with which filters. */
let counted: { filters?: string; facets?: Facets } = {};
/** With which filters photos are counted now or were counted last, and when that began. */
let [counting, since]: [string | undefined, number] = [undefined, 0];

form.onchange = () => {
  const given = new FormData(form);
  change(Object.fromEntries([...filterNames, 'fold'].map((name) => [name, given.getAll(name).map(String)])));
};
byId('no-filters', HTMLButtonElement).onclick = () => change(Object.fromEntries(filterNames.map((name) => [name, ''])));

/** Counts the photos of each choice. Other words change no count; but other people may add photos. */
export async function countPhotos(isAgain: boolean): Promise<void> {
  const filters = addressPart(filterNames);
  if (filters === counting && !isAgain && performance.now() - since < 20_000) return;
  [counting, since] = [filters, performance.now()];
  try {
    counted = { filters, facets: await ask(`api/facets?${filters}`) };
  } catch (error) {
    if (counting === filters) counting = undefined; // the next search asks again
    if ((error as Error & { cause?: Problem }).cause?.problem !== 'busy') throw error;
  }
  showFilters();
}

/** All values that were counted, and the chosen one: it may find nothing, or be a folder that was not counted. */
function choices(name: FacetName, chosen: string): { value: string; count?: number }[] {
  const counts = counted.facets?.[name] ?? [];
  return chosen === '' || counts.some(({ value }) => value === chosen) ? counts : [...counts, { value: chosen }];
}

/** Shows the filters: each value with how many photos it would leave, a year with how many it has. */
export function showFilters(): void {
  const query = address();
  for (const select of form.querySelectorAll('select')) {
    const { facet = select.name, unit = '' } = select.dataset;
    const chosen = query.get(select.name) ?? '';
    const values = choices(facet as FacetName, chosen);
    const option = (value: string, text: string, count?: number) =>
      html`<option value=${value} .selected=${live(value === chosen)}>${text}${count && ` (${count})`}</option>`;
    const [all, listed] = [counted.facets?.folders ?? 0, counted.facets?.folder.length ?? 0];
    const any = facet === 'folder' && all > listed ? `any; ${listed} of ${all} are listed` : 'any';
    render([option('', any), values.map(({ value, count }) => option(value, value + unit, count))], select);
  }
  const colour = query.get('colour') ?? '';
  const swatch = (value: string, label: string, text: string | number) => html`
    <label class="swatch" title=${value} .style=${`--colour: ${value === 'brown' ? 'saddlebrown' : CSS.escape(value)}`}>
      <input type="radio" name="colour" value=${value} aria-label=${label} .checked=${live(value === colour)} />${text}
    </label>
  `; // CSS's brown is a red
  const swatches = choices('colour', colour).map(({ value, count }) =>
    swatch(value, count === undefined ? value : `${value}, ${count} photos`, count ?? ''),
  );
  render([swatch('', 'any colour', 'any'), swatches], byId('colours', HTMLDivElement));
  byId('fold', HTMLInputElement).checked = query.has('fold');
  const active = filterNames.filter((name) => query.has(name)).length;
  const total = counted.filters === addressPart(filterNames) ? `, ${counted.facets?.total} photos` : '';
  byId('filtered', HTMLSpanElement).textContent = active > 0 ? ` · ${active} on${total}` : '';
}
