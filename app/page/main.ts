// The page: what the address says is asked of the server and shown; what a visitor does goes into the address.
import type { Facets, SearchAnswer, ShownPhoto } from '../types';
import { address, addressPart, change, filterNames } from './address';
import { ask, byId, photoAddress, Trouble } from './ask';
import { prepareBegin } from './begin';
import { showChips } from './chips';
import { showFilters } from './filters';
import { pageInView, photosPerPage, prepareLargeView, scrollToPage, showLarge, shown, showPhotos } from './photos';

/** Words that follow each other slower are two entries in the history; who is away is asked again. In ms. */
const pauseMs = { words: 1500, away: 1500 };
/** OpenSearch gives no more. */
const mostPhotos = 10_000;

const text = byId('text', HTMLInputElement);
const views = document.body.classList;

/** What is shown, as asked of the server, and how many photos to ask for when its end comes in sight; 0 for no more. */
let asked: string | undefined;
let more = 0;
let showing = Promise.resolve();
let searching = new AbortController();
let again: ReturnType<typeof setTimeout> | undefined;
let typedAt = -Infinity;
const onEnd = ([entry]: IntersectionObserverEntry[]) => void (entry?.isIntersecting && showMore());
const endInSight = new IntersectionObserver(onEnd, { rootMargin: '1200px' });

/** Shows what the address says. Only what has changed is asked for. */
function show(): Promise<void> {
  const query = address();
  const words = query.get('q') ?? '';
  if (text.value.trim() !== words.trim()) text.value = words;
  document.title = words === '' ? 'Search photos' : `${words} – Search photos`;
  byId('clear', HTMLButtonElement).hidden = !isSearch();
  const [wasMap, isMap] = [views.contains('as-map'), query.get('view') === 'map'];
  views.toggle('as-map', isMap);
  byId('as-map', HTMLButtonElement).ariaPressed = String(isMap);
  byId('as-photos', HTMLButtonElement).ariaPressed = String(!isMap);
  const isOther = addressPart() !== asked;
  if (isMap && !wasMap && !isOther) drawMap();
  const photo = query.get('photo');
  if (photo === null) showLarge(undefined);
  return (isOther ? search() : Promise.resolve()).then(() => showPhoto(photo));
}

/** Whether photos are searched for, not only filtered. */
const isSearch = () => addressPart(['q', 'like', 'drop']) !== '';

/** As many photos as were seen when the address was shared or left, and the page that was looked at in sight. */
async function search(): Promise<void> {
  const part = addressPart();
  asked = part;
  views.add('searching');
  showChips();
  const page = Math.max(1, parseInt(address().get('page') ?? '') || 1);
  const counted = ask<Facets>(`api/facets?${addressPart(filterNames)}`);
  const [answer, facets] = await Promise.all([askPhotos(page * photosPerPage), counted]);
  if (asked !== part) return; // another search has begun
  showTrouble();
  showAnswer(answer);
  showFilters(facets);
  scrollToPage(page);
  if (views.contains('as-map')) drawMap();
}

/** More photos, asked for once however often this is called meanwhile. */
function showMore(): Promise<void> {
  if (more > 0) showing = askPhotos(more).then(showAnswer).catch(recover);
  return showing;
}

/** The first photos of this search; the next time twice as many. A request that is still on its way is given up. */
async function askPhotos(wanted: number): Promise<SearchAnswer> {
  const count = Math.min(wanted, mostPhotos);
  more = 0;
  searching.abort();
  searching = new AbortController();
  const answer = await ask<SearchAnswer>(`api/search?${asked ?? ''}&k=${count}`, { signal: searching.signal });
  if (answer.photos.length === count && count < mostPhotos) more = 2 * count;
  return answer;
}

function showAnswer({ photos, verdict, sentence, reasons, notices }: SearchAnswer): void {
  showPhotos(photos);
  const line = byId('verdict', HTMLParagraphElement);
  line.textContent = sentence;
  line.className = verdict ?? (photos.length > 0 ? 'all' : '');
  line.title = reasons ?? '';
  byId('notices', HTMLParagraphElement).textContent = notices.join(' ');
  // Where the page's end is still in sight, it is told again.
  endInSight.disconnect();
  endInSight.observe(byId('end', HTMLDivElement));
}

const found = () => (isSearch() ? shown.slice(0, photosPerPage).map(({ id }) => id) : []);
const drawMap = () => void import('./map').then(({ showMap }) => showMap(found())); // not before it is looked at

async function showPhoto(id: string | null): Promise<void> {
  const ofResults = shown.find((photo) => photo.id === id);
  const photo = id === null ? undefined : (ofResults ?? (await ask<ShownPhoto>(photoAddress(id))));
  if (address().get('photo') === id) showLarge(photo);
}

function showTrouble(message = '', missing = ''): void {
  clearTimeout(again);
  views.remove('searching');
  byId('trouble', HTMLParagraphElement).textContent = message;
  byId('missing', HTMLParagraphElement).textContent = missing;
}

/** Says what is wrong; what passes by itself is waited for. */
function recover(error: unknown): void {
  if (error instanceof DOMException) return; // given up for another search
  if (!(error instanceof Trouble)) throw error;
  const { problem, message } = error.told;
  const [isMissing, passes] = [problem === 'no index', problem === 'away' || problem === 'busy'];
  if (isMissing) showAnswer({ photos: [], sentence: '', notices: [] });
  showTrouble(isMissing ? '' : message, isMissing ? message : '');
  if (passes) again = setTimeout(() => void ask('health').then(startAgain), pauseMs.away);
}

function startAgain(): Promise<void> {
  asked = undefined;
  return show();
}

text.oninput = () => {
  const isSameText = performance.now() - typedAt < pauseMs.words;
  typedAt = performance.now();
  change({ q: text.value }, isSameText ? 'replace' : 'push');
};
byId('clear', HTMLButtonElement).onclick = () => {
  change({ q: '', like: [], drop: [] });
  text.focus();
};
byId('as-photos', HTMLButtonElement).onclick = () => change({ view: '' });
byId('as-map', HTMLButtonElement).onclick = () => change({ view: 'map' });
document.onscrollend = () => {
  if (views.contains('searching')) return; // what is seen is not the address's yet
  const page = pageInView();
  if (page !== undefined) change({ page: page === '1' ? '' : page }, 'replace');
};
history.scrollRestoration = 'manual';
addEventListener('addresschange', () => void show());
addEventListener('popstate', () => {
  typedAt = -Infinity;
  void show();
});
// Whatever a visitor's deed leads to: nobody else awaits it.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  recover(event.reason);
});
prepareLargeView(showMore);
prepareBegin((skipped) => void startAgain().then(() => byId('notices', HTMLParagraphElement).append(skipped)));
void show();
