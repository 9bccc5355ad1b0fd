import type { SearchQuery } from '../types';

export const filterNames = ['orientation', 'colour', 'folder', 'minWidth', 'takenFrom', 'takenTo'] as const;
const searchNames = ['q', 'like', 'drop', ...filterNames, 'fold'] as const satisfies (keyof SearchQuery)[];
/** Besides the search: the page of photos or the map, whichever is looked at, and the photo in the large view. */
const names = [...searchNames, 'page', 'view', 'photo'] as const;

type Fields = Partial<Record<(typeof names)[number], string | string[]>>;

/** All that the page shows stands in its address: so it can be shared, and the back button works. */
export function address(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** The part of the address that is sent to the server. */
export function addressPart(names: readonly string[] = searchNames): string {
  return new URLSearchParams([...address()].filter(([name]) => names.includes(name))).toString();
}

/**
 * Changes fields of the address ('' and [] remove one); `main.ts` then shows what it says. A new search begins at its
 * first page.
 *
 * @param how `replace` while words are being typed: the back button must not undo single letters
 */
export function change(fields: Fields, how: 'push' | 'replace' = 'push'): void {
  const old = address();
  if (searchNames.some((name) => name in fields)) old.delete('page');
  const query = new URLSearchParams();
  for (const name of names) {
    const values = [fields[name] ?? old.getAll(name)].flat();
    for (const value of values) if (value.trim() !== '') query.append(name, value);
  }
  const url = query.size > 0 ? `?${query.toString()}` : location.pathname;
  if (how === 'push') history.pushState('pushed', '', url);
  else history.replaceState(history.state, '', url);
  dispatchEvent(new Event('addresschange'));
}

/** Opens a photo in the large view, which has an entry of its own in the history. */
export function openPhoto(id: string): void {
  change({ photo: id }, address().has('photo') ? 'replace' : 'push');
}

/** Undoes what `openPhoto` did, unless the back button already has. */
export function closePhoto(): void {
  if (!address().has('photo')) return;
  if (history.state === 'pushed') history.back();
  else change({ photo: '' }, 'replace');
}
