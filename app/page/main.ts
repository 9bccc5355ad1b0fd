// The page: what the address says is asked of the server and shown; what a visitor does goes into the address.
import type { Facets, SearchAnswer, ShownPhoto } from '../types';
import { address, addressPart, change, filterNames } from './address';
import { ask, Trouble } from './ask';
import { prepareBegin, showBegin } from './begin';
import { showChips } from './chips';
import { prepareDrop } from './drop';
import { byId } from './element';
import { showFilters } from './filters';
import { prepareLargeView, showLarge } from './large-view';
import { prepareMap, showMap } from './map';
import { showPhotos, shown } from './results';

/** Letters that follow each other faster are one search, in ms; words that follow each other slower, two entries. */
const pauseMs = { letters: 40, words: 1500, away: 1500 };
/** Hits that are marked on the map. */
const photosOnMap = 24;

const text = byId('text', HTMLInputElement);
const trouble = byId('trouble', HTMLParagraphElement);
const end = byId('end', HTMLDivElement);

/** What is shown, as asked of the server; what was found, each photo once; and what the rest is asked by. */
let asked: string | undefined;
const found = new Map<string, ShownPhoto>();
let next: string | undefined;
let more: Promise<boolean> | undefined;
let searching = new AbortController();
let mapping = new AbortController();
let again: ReturnType<typeof setTimeout> | undefined;

/** Shows what the address says. Only what has changed is asked for. */
function show(): void {
  const query = address();
  const words = query.get('q') ?? '';
  if (text.value !== words) text.value = words;
  document.title = words === '' ? 'Search photos' : `${words} – Search photos`;
  byId('clear', HTMLButtonElement).hidden = !isSearch();
  if (addressPart() !== asked) void search();
  const isMap = query.get('view') === 'map';
  document.body.classList.toggle('as-map', isMap);
  byId('as-map', HTMLButtonElement).ariaPressed = String(isMap);
  byId('as-photos', HTMLButtonElement).ariaPressed = String(!isMap);
  mapping.abort();
  if (isMap) void drawMap();
  void showPhoto(query.get('photo'));
}

/** Whether photos are searched for, not only filtered. */
function isSearch(): boolean {
  return ['q', 'like', 'drop'].some((name) => address().has(name));
}

async function search(): Promise<void> {
  asked = addressPart();
  next = undefined;
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  showChips();
  document.body.classList.add('searching');
  try {
    const [answer, facets] = await Promise.all([
      ask<SearchAnswer>(`api/search?${asked}`, { signal }),
      ask<Facets>(`api/facets?${addressPart(filterNames)}`, { signal }),
    ]);
    showTrouble();
    showBegin(false);
    found.clear();
    showAnswer(answer);
    showFilters(facets);
    if (document.body.classList.contains('as-map')) void drawMap();
    void fillPage();
  } catch (error) {
    if (!signal.aborted) recover(error);
  } finally {
    if (!signal.aborted) document.body.classList.remove('searching');
  }
}

function showAnswer(answer: SearchAnswer): void {
  for (const photo of answer.photos) if (!found.has(photo.id)) found.set(photo.id, photo);
  next = answer.next;
  showPhotos(found.values());
  const { verdict, sentence, reasons, notices } = answer;
  const line = byId('verdict', HTMLParagraphElement);
  line.textContent = sentence;
  line.className = verdict ?? (found.size > 0 ? 'all' : '');
  line.title = reasons ?? '';
  byId('notices', HTMLParagraphElement).textContent = notices.join(' ');
}

/** The photos that follow, once however often it is asked for. @returns whether there were any */
function loadMore(): Promise<boolean> {
  more ??= (async () => {
    const { signal } = searching;
    if (next === undefined) return false;
    try {
      const rest = new URLSearchParams({ after: next });
      const answer = await ask<SearchAnswer>(`api/search?${asked ?? ''}&${rest.toString()}`, { signal });
      showAnswer(answer);
      return true;
    } catch (error) {
      if (!signal.aborted) recover(error);
      return false;
    }
  })().finally(() => (more = undefined));
  return more;
}

/** Loads more until the page's end is out of sight. */
async function fillPage(): Promise<void> {
  while (end.checkVisibility() && end.getBoundingClientRect().top < innerHeight + 1200 && (await loadMore()));
}

async function drawMap(): Promise<void> {
  mapping.abort();
  mapping = new AbortController();
  const { signal } = mapping;
  try {
    await showMap(isSearch() ? shown.slice(0, photosOnMap).map(({ id }) => id) : [], signal);
  } catch (error) {
    if (!signal.aborted) recover(error);
  }
}

async function showPhoto(id: string | null): Promise<void> {
  try {
    const photo = id === null ? undefined : (found.get(id) ?? (await ask(`api/photos/${encodeURIComponent(id)}`)));
    if (address().get('photo') === id) showLarge(photo);
  } catch (error) {
    recover(error);
  }
}

function showTrouble(message?: string): void {
  clearTimeout(again);
  trouble.textContent = message ?? '';
  trouble.hidden = message === undefined;
}

/** Says what is wrong; what passes by itself is waited for. */
function recover(error: unknown): void {
  if (!(error instanceof Trouble)) throw error;
  const { problem, message } = error.told;
  const isMissing = problem === 'no index';
  showTrouble(isMissing ? undefined : message);
  showBegin(isMissing);
  if (isMissing) {
    found.clear();
    showAnswer({ photos: [], sentence: '', notices: [] });
  }
  if (problem === 'away' || problem === 'busy') again = setTimeout(() => void tryAgain(), pauseMs.away);
}

async function tryAgain(): Promise<void> {
  try {
    await ask('health');
    asked = undefined;
    show();
  } catch (error) {
    recover(error);
  }
}

let letters: ReturnType<typeof setTimeout> | undefined;
let typedAt = -Infinity;
text.oninput = () => {
  clearTimeout(letters);
  letters = setTimeout(() => {
    const isSameText = performance.now() - typedAt < pauseMs.words;
    typedAt = performance.now();
    change({ q: text.value }, isSameText ? 'replace' : 'push');
  }, pauseMs.letters);
};
byId('search', HTMLFormElement).onsubmit = (event) => event.preventDefault();
byId('clear', HTMLButtonElement).onclick = () => {
  change({ q: '', like: [], drop: [] });
  text.focus();
};
byId('as-photos', HTMLButtonElement).onclick = () => change({ view: '' });
byId('as-map', HTMLButtonElement).onclick = () => change({ view: 'map' });
addEventListener('addresschange', show);
addEventListener('popstate', () => {
  typedAt = -Infinity;
  show();
});
new IntersectionObserver(() => void fillPage(), { rootMargin: '1000px' }).observe(end);
prepareLargeView(loadMore);
prepareMap();
prepareDrop(recover);
prepareBegin(() => {
  asked = undefined;
  show();
});
show();
