import type { Counts, Facets } from '../types';
import type { FilterName, State } from './address';
import { byId, element } from './element';

type Change = (change: Pick<State, 'filter' | 'fold'>) => void;

/** Shows what can be filtered by, each value with the photos that it would leave. */
export function showFilters(facets: Facets, { filter, fold }: State, change: Change): void {
  const set = (name: FilterName, value: string) => {
    change({ filter: { ...filter, [name]: value || undefined }, fold });
  };
  const choice = (name: FilterName, label: string, counts: Counts, named = (value: string) => value) => {
    const chosen = filter[name] ?? '';
    if (counts.length < 2 && chosen === '') return undefined;
    const select = element('select', { id: `filter-${name}` }, new Option('any', ''));
    const values = counts.some(({ value }) => value === chosen)
      ? counts
      : [...counts, ...(chosen === '' ? [] : [{ value: chosen, count: 0 }])];
    for (const { value, count } of values) {
      select.append(new Option(`${named(value)} (${count})`, value, false, value === chosen));
    }
    select.onchange = () => {
      set(name, select.value);
    };
    return element('label', {}, label, select);
  };
  const swatches = facets.colour.map(({ value, count }) => {
    const isChosen = filter.colour === value;
    const swatch = element('button', { type: 'button', className: 'swatch' }, String(count));
    swatch.style.setProperty('--colour', value === 'brown' ? 'saddlebrown' : value); // CSS's brown is a red
    swatch.ariaPressed = String(isChosen);
    swatch.ariaLabel = `${value}, ${count} photos`;
    swatch.title = value;
    swatch.dataset.keep = `colour-${value}`;
    swatch.onclick = () => {
      set('colour', isChosen ? '' : value);
    };
    return swatch;
  });
  const folding = element('input', { type: 'checkbox', checked: fold, id: 'fold' });
  folding.onchange = () => {
    change({ filter, fold: folding.checked });
  };
  const active = Object.values(filter).filter(Boolean).length;
  const clear = element('button', { type: 'button', id: 'no-filter' }, 'No filters');
  clear.onclick = () => {
    change({ filter: {}, fold });
  };
  const focused = keepOf(document.activeElement);
  byId('filtered', HTMLSpanElement).textContent = active > 0 ? ` · ${active} on, ${facets.total} photos` : '';
  const pixels = (value: string) => `${value} px or more`;
  const parts = [
    swatches.length > 0 && group('Colour', element('div', { className: 'swatches' }, ...swatches)),
    choice('orientation', 'Orientation', facets.orientation),
    choice('minWidth', 'Width', facets.minWidth, pixels),
    choice('folder', 'Folder', facets.folder),
    choice('takenFrom', 'Taken from', facets.year),
    choice('takenTo', 'until', facets.year),
    element('label', { className: 'check' }, folding, 'Show copies once'),
    active > 0 && clear,
  ];
  byId('facets', HTMLDivElement).replaceChildren(...parts.filter((part) => part !== false && part !== undefined));
  const again = [...document.querySelectorAll('#facets *')].find((one) => keepOf(one) === focused);
  if (focused && again instanceof HTMLElement) again.focus();
}

/** What is made again keeps the focus. */
function keepOf(node: Element | null): string | undefined {
  if (!(node instanceof HTMLElement) || !node.closest('#facets')) return undefined;
  return node.dataset.keep ?? (node.id || undefined);
}

function group(label: string, content: HTMLElement): HTMLElement {
  content.role = 'group';
  content.ariaLabel = label;
  return element('div', { className: 'labelled' }, element('span', {}, label), content);
}
