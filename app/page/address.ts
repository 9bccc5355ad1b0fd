import type { SearchQuery } from '../types';

export const filterNames = ['orientation', 'colour', 'folder', 'minWidth', 'takenFrom', 'takenTo'] as const;
const searchNames = ['q', 'like', 'drop', ...filterNames, 'fold'] as const satisfies (keyof SearchQuery)[];
/** Beside what is searched for: the page of photos that is looked at, or the map, and the photo in the large view. */
const names = [...searchNames, 'page', 'view', 'photo'] as const;

type Fields = Partial<Record<(typeof names)[number], string | string[]>>;

/** All that the page shows stands in its address: so it can be shared, and the back button works. */
export function address(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** The part of the address that the server is asked by. */
export function addressPart(names: readonly string[] = searchNames): string {
  return new URLSearchParams([...address()].filter(([name]) => names.includes(name))).toString();
}

/**
 * Changes fields of the address, '' and [] take one away; `main.ts` shows what it says then. Another search begins at
 * its first page.
 *
 * @param how `replace` while the same words are being typed: the back button is not to undo single letters
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

/** Takes back what `openPhoto` did, unless the back button has done so. */
export function closePhoto(): void {
  if (!address().has('photo')) return;
  if (history.state === 'pushed') history.back();
  else change({ photo: '' }, 'replace');
}
