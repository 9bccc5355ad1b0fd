// The page: what the address says is asked of the server and shown; what a visitor does goes into the address.
import type { IndexProgress, Problem, SearchAnswer, ShownPhoto } from '../types';
import { address, addressPart, change } from './address';
import { ask, byId, photoAddress } from './ask';
import { followIndexing } from './follow-indexing';
import { showChips } from './chips';
import { countPhotos, showFilters } from './filters';
import * as photos from './photos';

/** Words typed after a longer pause are a new entry in the history; a server that is away is asked again after this. */
const pauseMs = 1500;

const text = byId('text', HTMLInputElement);
const verdict = byId('verdict', HTMLParagraphElement);
const trouble = byId('trouble', HTMLParagraphElement);
const views = document.body.classList;

/** What is shown, as asked of the server, and how many photos to ask for when the end comes into sight; 0 for none. */
let asked: string | undefined;
let more = 0;
let showing = Promise.resolve();
let again: ReturnType<typeof setTimeout> | undefined;
let scrolling: typeof again;
let typedAt = -Infinity;
const onEnd = ([end]: IntersectionObserverEntry[]) => void (end?.isIntersecting && showMore());
const endInSight = new IntersectionObserver(onEnd, { rootMargin: '1200px' });

/** Shows what the address says. Only what has changed is asked for. */
async function show(): Promise<void> {
  const query = address();
  const [photo, words] = [query.get('photo'), query.get('q') ?? ''];
  if (text.value.trim() !== words.trim()) text.value = words;
  document.title = words === '' ? 'Search photos' : `${words} – Search photos`;
  const [wasMap, isMap] = [views.contains('as-map'), query.get('view') === 'map'];
  views.toggle('as-map', isMap);
  byId('as-map', HTMLButtonElement).ariaPressed = String(isMap);
  byId('as-photos', HTMLButtonElement).ariaPressed = String(!isMap);
  if (photo === null) photos.showLarge(undefined);
  if (addressPart() !== asked) await search();
  else if (wasMap !== isMap) showView();
  if (photo !== null) await showPhoto(photo);
}

const pageAsked = () => Math.max(1, parseInt(address().get('page') ?? '') || 1);

/** Shows as many photos as were seen when the address was shared or left, at the page that was looked at. */
async function search(): Promise<void> {
  const isAgain = asked === undefined;
  asked = addressPart();
  views.add('searching');
  showChips();
  showFilters();
  await showFirst(pageAsked() * photos.photosPerPage);
  showProblem();
  photos.askAgain();
  views.remove('searching');
  showView();
  void countPhotos(isAgain); // after the photos, since it takes longer
}

function showView(): void {
  const isSearch = addressPart(['q', 'like', 'drop']) !== ''; // else all are found
  const hits = isSearch ? photos.shown.slice(0, photos.photosPerPage) : [];
  if (!views.contains('as-map')) photos.scrollToPage(pageAsked());
  else void import('./map').then(({ showMap }) => showMap(hits)); // not before it is looked at
}

/** Shows more photos; calls while these are on their way ask for nothing. */
function showMore(): Promise<void> {
  if (more > 0) showing = showFirst(more).catch(recover);
  return showing;
}

/** Shows the first photos of this search; `showMore` then asks for twice as many. */
async function showFirst(wanted: number): Promise<void> {
  const k = Math.min(wanted, 10_000); // OpenSearch gives no more
  more = 0;
  const answer = await ask<SearchAnswer>(`api/search?${asked ?? ''}&k=${k}`);
  if (answer.photos.length === wanted) more = 2 * wanted;
  photos.showPhotos(answer.photos);
  verdict.textContent = answer.sentence;
  verdict.className = answer.verdict ?? (answer.photos.length > 0 ? 'all' : '');
  verdict.title = answer.reasons ?? '';
  byId('notices', HTMLParagraphElement).textContent = answer.notices.join(' ');
  // `onEnd` is then called again if the end is still in sight.
  endInSight.disconnect();
  endInSight.observe(byId('end', HTMLDivElement));
}

async function showPhoto(id: string): Promise<void> {
  const photo = photos.shown.find((one) => one.id === id) ?? (await ask<ShownPhoto>(photoAddress(id)));
  if (address().get('photo') === id) photos.showLarge(photo);
}

/** Says what is wrong, if anything is; where that may pass by itself, tries again. */
function showProblem({ problem, message = '' }: Partial<Problem> = {}): void {
  const passes = problem === 'away' || problem === 'busy';
  if (passes || message === '') clearTimeout(again);
  trouble.textContent = message;
  trouble.dataset.problem = problem ?? '';
  if (passes) again = setTimeout(() => void startAgain(), pauseMs);
}

function recover(error: unknown): void {
  if (error instanceof DOMException) return; // cancelled for another search
  if (!(error instanceof Error && error.cause)) throw error;
  showProblem(error.cause);
}

function startAgain(): Promise<void> {
  asked = undefined;
  void indexing();
  return show();
}

/** A job may have been begun in another tab, or before this page was loaded. */
async function indexing(begun = ask<IndexProgress>('api/index')): Promise<void> {
  if (await followIndexing(begun)) await startAgain();
}

for (const form of document.querySelectorAll<HTMLFormElement>('.begin')) {
  form.onsubmit = () => {
    const body = JSON.stringify(Object.fromEntries(new FormData(form))); // a folder, or none for that of the photos here
    void indexing(ask('api/index', { method: 'POST', headers: { 'content-type': 'application/json' }, body }));
  };
}

text.oninput = () => {
  const isSameText = performance.now() - typedAt < pauseMs;
  typedAt = performance.now();
  change({ q: text.value }, isSameText ? 'replace' : 'push');
};
byId('clear', HTMLButtonElement).onclick = () => {
  change({ q: '', like: [], drop: [] });
  text.focus();
};
byId('as-photos', HTMLButtonElement).onclick = () => change({ view: '' });
byId('as-map', HTMLButtonElement).onclick = () => change({ view: 'map' });
document.onscroll = () => {
  clearTimeout(scrolling); // not every browser says when it ends
  scrolling = setTimeout(() => {
    const page = views.contains('searching') ? undefined : photos.pageInView(); // of the photos that the address names
    if (page !== undefined) change({ page: page === '1' ? '' : page }, 'replace');
  }, 150);
};
document.onvisibilitychange = () => void (document.hidden || indexing());
history.scrollRestoration = 'manual';
addEventListener('addresschange', () => void show());
addEventListener('popstate', () => {
  typedAt = -Infinity;
  if (trouble.textContent !== '') asked = undefined; // it may belong to the address that is left
  void show();
});
// Errors of what a visitor has started: nobody else awaits it.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  recover(event.reason);
});
photos.prepareLargeView(showMore);
void startAgain();
