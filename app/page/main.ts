// The page: what the address says is asked of the server and shown; what a visitor does goes into the address.
import type { Facets, SearchAnswer, ShownPhoto } from '../types';
import { filterQuery, readAddress, searchQuery, writeAddress, type State } from './address';
import { ask, Trouble } from './ask';
import { prepareBegin, showBegin } from './begin';
import { showChips } from './chips';
import { prepareDrop } from './drop';
import { byId, element } from './element';
import { showFilters } from './filters';
import { hideLarge, prepareLargeView, showLarge } from './large-view';
import { prepareMap, showMap } from './map';
import { showPhotos, shown, type PhotoActions } from './results';

/** Letters that follow each other faster are one search, in ms; words that follow each other slower, two entries. */
const pauseMs = { letters: 40, words: 1500, away: 1500 };
const mostChips = 10;
/** Hits that are marked on the map. */
const photosOnMap = 24;

const text = byId('text', HTMLInputElement);
const trouble = byId('trouble', HTMLParagraphElement);
const examples = ['red flowers', 'a bridge at night', 'the sea', 'a dog', 'snow'];

let state = readAddress();
/** What is shown, as asked of the server. */
let asked: string | undefined;
let next: string | undefined;
let searching = new AbortController();
let mapping = new AbortController();
let more: Promise<boolean> | undefined;
let typedAt = -Infinity;
/** Whether the large view has an entry of its own, which closing it takes back. */
let wasOpened = false;

const actions: PhotoActions = {
  open: ({ id }) => {
    wasOpened ||= state.photo === undefined;
    change({ photo: id }, state.photo === undefined ? 'push' : 'replace');
  },
  like: ({ id }, weight) => {
    const others = state.chips.filter(({ what }) => what !== id).slice(0, mostChips - 1);
    change({
      chips: [...others, { kind: 'like', weight, what: id }],
      photo: undefined,
      view: 'photos',
    });
    scrollTo({ top: 0 });
  },
};

function change(part: Partial<State>, how: 'push' | 'replace' = 'push'): void {
  state = { ...state, ...part };
  writeAddress(state, how);
  show();
}

/** Shows the state. Only what has changed is asked for. */
function show(): void {
  if (text.value !== state.text) text.value = state.text;
  byId('clear', HTMLButtonElement).hidden = state.text === '' && state.chips.length === 0;
  document.title = state.text === '' ? 'Search photos' : `${state.text} – Search photos`;
  const query = searchQuery(state).toString();
  if (query !== asked) void searchAnew(query);
  const isMap = state.view === 'map';
  document.body.classList.toggle('as-map', isMap);
  byId('as-map', HTMLButtonElement).ariaPressed = String(isMap);
  byId('as-photos', HTMLButtonElement).ariaPressed = String(!isMap);
  byId('map', HTMLElement).hidden = !isMap;
  byId('photos', HTMLOListElement).hidden = isMap;
  if (isMap) void drawMap();
  void showPhoto(state.photo);
}

async function searchAnew(query: string): Promise<void> {
  asked = query;
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  showChips(state.chips, (chips) => {
    change({ chips });
  });
  document.body.classList.add('searching');
  try {
    const [answer, facets] = await Promise.all([
      ask<SearchAnswer>(`api/search?${query}`, { signal }),
      ask<Facets>(`api/facets?${filterQuery(state.filter).toString()}`, { signal }),
    ]);
    showTrouble();
    showPhotos(answer, 'instead', actions);
    showVerdict(answer);
    showFilters(facets, state, change);
    next = answer.next;
    if (state.view === 'map') void drawMap();
    void fillPage();
  } catch (error) {
    if (!signal.aborted) recover(error);
  } finally {
    if (!signal.aborted) document.body.classList.remove('searching');
  }
}

function showVerdict({ verdict, sentence, reasons, notices }: SearchAnswer): void {
  const line = byId('verdict', HTMLParagraphElement);
  line.textContent = sentence;
  line.className = verdict ?? '';
  line.title = reasons ?? '';
  byId('notices', HTMLParagraphElement).textContent = notices.join(' ');
  const isEmpty = verdict === undefined && shown.size > 0;
  byId('examples', HTMLParagraphElement).replaceChildren(...(isEmpty ? ['Try ', ...examples.map(example)] : []));
}

function example(words: string): HTMLElement {
  const onclick = () => {
    change({ text: words });
    text.focus();
  };
  return element('button', { type: 'button', className: 'example', onclick }, words);
}

/** The photos that follow, once however often it is asked for. @returns whether there were any */
function loadMore(): Promise<boolean> {
  more ??= (async () => {
    const { signal } = searching;
    if (next === undefined) return false;
    const query = new URLSearchParams(asked);
    query.set('after', next);
    try {
      const answer = await ask<SearchAnswer>(`api/search?${query.toString()}`, { signal });
      next = answer.next;
      showPhotos(answer, 'add', actions);
      return true;
    } catch (error) {
      if (!signal.aborted) recover(error);
      return false;
    }
  })().finally(() => (more = undefined));
  return more;
}

const end = byId('end', HTMLDivElement);

/** Loads more until the page's end is out of sight. */
async function fillPage(): Promise<void> {
  const isNear = () => end.getBoundingClientRect().top < innerHeight + 1200;
  while (state.view === 'photos' && isNear() && (await loadMore()));
}

async function drawMap(): Promise<void> {
  mapping.abort();
  mapping = new AbortController();
  const { signal } = mapping;
  const isSearch = state.text.trim() !== '' || state.chips.length > 0;
  try {
    await showMap(isSearch ? [...shown.keys()].slice(0, photosOnMap) : [], signal);
  } catch (error) {
    if (!signal.aborted) recover(error);
  }
}

async function showPhoto(id: string | undefined): Promise<void> {
  if (id === undefined) {
    hideLarge();
    return;
  }
  try {
    const photo = shown.get(id) ?? (await ask<ShownPhoto>(`api/photos/${encodeURIComponent(id)}`));
    if (state.photo === id) showLarge(photo, actions);
  } catch (error) {
    recover(error);
  }
}

function showTrouble(message?: string): void {
  trouble.textContent = message ?? '';
  trouble.hidden = message === undefined;
  showBegin(false);
}

/** Says what is wrong; what passes by itself is waited for. */
function recover(error: unknown): void {
  if (!(error instanceof Trouble)) throw error;
  const { problem, message } = error.told;
  showTrouble(problem === 'no index' ? undefined : message);
  if (problem === 'no index') {
    showPhotos({ photos: [] }, 'instead', actions);
    showVerdict({ photos: [], sentence: '', notices: [] });
    showBegin(true);
  }
  if (problem === 'away' || problem === 'busy') setTimeout(() => void tryAgain(), pauseMs.away);
}

async function tryAgain(): Promise<void> {
  if (trouble.hidden) return;
  try {
    await ask('health');
    asked = undefined;
    show();
  } catch (error) {
    recover(error);
  }
}

let letters: ReturnType<typeof setTimeout> | undefined;
text.oninput = () => {
  clearTimeout(letters);
  letters = setTimeout(() => {
    const isSameText = performance.now() - typedAt < pauseMs.words;
    typedAt = performance.now();
    change({ text: text.value }, isSameText ? 'replace' : 'push');
  }, pauseMs.letters);
};
byId('search', HTMLFormElement).onsubmit = (event) => {
  event.preventDefault();
};
byId('clear', HTMLButtonElement).onclick = () => {
  change({ text: '', chips: [] });
  text.focus();
};
byId('home', HTMLAnchorElement).onclick = (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change({ text: '', chips: [], filter: {}, fold: false, photo: undefined, view: 'photos' });
};
byId('as-photos', HTMLButtonElement).onclick = () => {
  change({ view: 'photos' });
};
byId('as-map', HTMLButtonElement).onclick = () => {
  change({ view: 'map' });
};
window.onpopstate = () => {
  state = readAddress();
  typedAt = -Infinity;
  wasOpened = false;
  show();
};
new IntersectionObserver(() => void fillPage(), { rootMargin: '1000px' }).observe(end);
prepareLargeView({
  ...actions,
  close: () => {
    if (wasOpened) history.back();
    else change({ photo: undefined }, 'replace');
  },
  more: loadMore,
});
prepareMap((id) => {
  wasOpened = true;
  change({ photo: id });
});
prepareDrop((drop) => {
  change({
    chips: [...state.chips.filter(({ kind }) => kind !== 'drop'), { kind: 'drop', weight: 1, what: drop }],
  });
}, recover);
prepareBegin(() => {
  asked = undefined;
  show();
});
show();
