// The page: what the address says is asked of the server and shown; what a visitor does goes into the address.
import type { Facets, SearchAnswer, ShownPhoto } from '../types';
import { address, addressPart, change } from './address';
import { ask, Trouble } from './ask';
import { prepareBegin } from './begin';
import { prepareDrop, showChips } from './chips';
import { byId } from './element';
import { showFilters } from './filters';
import { prepareLargeView, showLarge } from './large-view';
import { prepareMap, showMap } from './map';
import { found, pageInView, photosPerPage, scrollToPage, showPhotos, shown } from './results';

/** Letters that follow each other faster are one search, in ms; words that follow each other slower, two entries. */
const pauseMs = { letters: 40, words: 1500, away: 1500 };
/** Hits that are marked on the map. */
const photosOnMap = 24;

const text = byId('text', HTMLInputElement);
const views = document.body.classList;

/** What is shown, as asked of the server, and the page that follows; 0 where there is none. */
let asked: string | undefined;
let next = 0;
let more: Promise<void> | undefined;
let searching = new AbortController();
let again: ReturnType<typeof setTimeout> | undefined;
let letters: ReturnType<typeof setTimeout> | undefined;
let typedAt = -Infinity;
const endInSight = new IntersectionObserver(([entry]) => void (entry?.isIntersecting && loadMore()), {
  rootMargin: '1200px',
});

/** Shows what the address says. Only what has changed is asked for. */
function show(): void {
  const query = address();
  const words = query.get('q') ?? '';
  // What is being typed is not in the address yet.
  if (letters === undefined && text.value !== words) text.value = words;
  document.title = words === '' ? 'Search photos' : `${words} – Search photos`;
  byId('clear', HTMLButtonElement).hidden = !isSearch();
  const isMap = query.get('view') === 'map';
  const wasMap = views.contains('as-map');
  views.toggle('as-map', isMap);
  byId('as-map', HTMLButtonElement).ariaPressed = String(isMap);
  byId('as-photos', HTMLButtonElement).ariaPressed = String(!isMap);
  if (addressPart() !== asked) void search().catch(recover);
  else if (isMap && !wasMap) drawMap();
  void showPhoto(query.get('photo')).catch(recover);
}

/** Whether photos are searched for, not only filtered. */
function isSearch(): boolean {
  return ['q', 'like', 'drop'].some((name) => address().has(name));
}

/** As many pages as were seen when the address was shared or left, and the last of them in sight. */
async function search(): Promise<void> {
  asked = addressPart();
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  next = 0;
  views.add('searching');
  showChips();
  const page = Number(address().get('page') ?? 1);
  const k = page * photosPerPage;
  const [answer, facets] = await Promise.all([
    ask<SearchAnswer>(`api/search?${asked}&k=${k}`, { signal }),
    ask<Facets>(`api/facets?${asked}`, { signal }),
  ]);
  showTrouble();
  found.clear();
  showAnswer(answer);
  showFilters(facets);
  scrollToPage(page);
  if (answer.photos.length === k) next = page + 1;
  if (views.contains('as-map')) drawMap();
}

function showAnswer({ photos, verdict, sentence, reasons, notices }: SearchAnswer): void {
  for (const photo of photos) if (!found.has(photo.id)) found.set(photo.id, photo);
  showPhotos();
  const line = byId('verdict', HTMLParagraphElement);
  line.textContent = sentence;
  line.className = verdict ?? (found.size > 0 ? 'all' : '');
  line.title = reasons ?? '';
  byId('notices', HTMLParagraphElement).textContent = notices.join(' ');
  // Where the page's end is still in sight, it is told again.
  endInSight.disconnect();
  endInSight.observe(byId('end', HTMLDivElement));
}

/** The photos that follow, asked for once however often this is called. */
function loadMore(): Promise<void> {
  more ??= append()
    .catch(recover)
    .finally(() => (more = undefined));
  return more;
}

async function append(): Promise<void> {
  if (next === 0) return;
  const { signal } = searching;
  const answer = await ask<SearchAnswer>(`api/search?${asked ?? ''}&k=${photosPerPage}&page=${next}`, { signal });
  showAnswer(answer);
  next = answer.photos.length === photosPerPage ? next + 1 : 0;
}

function drawMap(): void {
  const hits = isSearch() ? shown.slice(0, photosOnMap) : [];
  void showMap(hits.map(({ id }) => id)).catch(recover);
}

async function showPhoto(id: string | null): Promise<void> {
  const photo =
    id === null ? undefined : (found.get(id) ?? (await ask<ShownPhoto>(`api/photos/${encodeURIComponent(id)}`)));
  if (address().get('photo') === id) showLarge(photo);
}

function showTrouble(message = '', isMissing = false): void {
  clearTimeout(again);
  views.remove('searching');
  byId('trouble', HTMLParagraphElement).textContent = message;
  byId('begin', HTMLElement).hidden = !isMissing;
}

/** Says what is wrong; what passes by itself is waited for. */
function recover(error: unknown): void {
  if (error instanceof DOMException) return; // given up for another search
  if (!(error instanceof Trouble)) throw error;
  const { problem, message } = error.told;
  const isMissing = problem === 'no index';
  showTrouble(isMissing ? '' : message, isMissing);
  if (isMissing) {
    found.clear();
    showAnswer({ photos: [], sentence: '', notices: [] });
  }
  if (problem === 'away' || problem === 'busy') {
    again = setTimeout(() => void ask('health').then(startAgain, recover), pauseMs.away);
  }
}

function startAgain(): void {
  asked = undefined;
  show();
}

text.oninput = () => {
  clearTimeout(letters);
  letters = setTimeout(() => {
    letters = undefined;
    const isSameText = performance.now() - typedAt < pauseMs.words;
    typedAt = performance.now();
    change({ q: text.value }, isSameText ? 'replace' : 'push');
  }, pauseMs.letters);
};
byId('search', HTMLFormElement).onsubmit = (event) => event.preventDefault();
byId('clear', HTMLButtonElement).onclick = () => {
  clearTimeout(letters);
  letters = undefined;
  change({ q: '', like: [], drop: [] });
  text.focus();
};
byId('as-photos', HTMLButtonElement).onclick = () => change({ view: '' });
byId('as-map', HTMLButtonElement).onclick = () => change({ view: 'map' });
document.onscrollend = () => {
  const page = pageInView();
  if (page !== undefined) change({ page: page === '1' ? '' : page }, 'replace');
};
addEventListener('addresschange', show);
addEventListener('popstate', () => {
  typedAt = -Infinity;
  show();
});
prepareLargeView(loadMore);
prepareMap();
prepareDrop(recover);
prepareBegin(startAgain);
show();
