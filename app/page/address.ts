/** A photo that is searched with: above 0 for more like it, below for less. */
export interface Chip {
  kind: 'like' | 'drop';
  weight: number;
  /** The photo's id, or its vector. */
  what: string;
}

export const filterNames = ['orientation', 'colour', 'folder', 'minWidth', 'takenFrom', 'takenTo'] as const;
export type FilterName = (typeof filterNames)[number];

/** All that the page shows: it stands in the address, so that it can be shared, and the back button works. */
export interface State {
  text: string;
  chips: Chip[];
  filter: Partial<Record<FilterName, string>>;
  /** Whether copies of a photo are shown once. */
  fold: boolean;
  view: 'photos' | 'map';
  /** The id of the photo in the large view. */
  photo?: string;
}

export function readAddress(search = location.search): State {
  const query = new URLSearchParams(search);
  const chips = [...query].flatMap(([kind, value]): Chip[] => {
    const [, weight, what] = /^(-?\d(?:\.\d{1,2})?):([^]+)$/.exec(value) ?? [];
    if ((kind !== 'like' && kind !== 'drop') || what === undefined) return [];
    return [{ kind, weight: Number(weight), what }];
  });
  const filter: State['filter'] = {};
  for (const name of filterNames) filter[name] = query.get(name) ?? undefined;
  return {
    text: query.get('q') ?? '',
    chips,
    filter,
    fold: query.get('fold') === 'true',
    view: query.get('view') === 'map' ? 'map' : 'photos',
    photo: query.get('photo') ?? undefined,
  };
}

/** The part of the address that the server is asked by. */
export function searchQuery({ text, chips, filter, fold }: State): URLSearchParams {
  const query = new URLSearchParams();
  if (text.trim() !== '') query.set('q', text);
  for (const { kind, weight, what } of chips) query.append(kind, `${weight}:${what}`);
  for (const [name, value] of filterQuery(filter)) query.set(name, value);
  if (fold) query.set('fold', 'true');
  return query;
}

export function filterQuery(filter: State['filter']): URLSearchParams {
  const given = filterNames.flatMap((name) => (filter[name] ? [[name, filter[name]]] : []));
  return new URLSearchParams(given);
}

/** @param how `replace` while the same words are being typed: the back button is not to undo single letters */
export function writeAddress(state: State, how: 'push' | 'replace'): void {
  const query = searchQuery(state);
  if (state.view === 'map') query.set('view', 'map');
  if (state.photo !== undefined) query.set('photo', state.photo);
  const address = query.size > 0 ? `?${query.toString()}` : location.pathname;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}
