import { html, nothing, render, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ShownPhoto } from '../types';
import { closePhoto, openPhoto } from './address';
import { byId, photoAddress } from './ask';
import { like } from './chips';

/** How many photos are shown at first; beyond these, the address names the page that is looked at. */
export const photosPerPage = 24;

const list = byId('photos', HTMLOListElement);
const dialog = byId('large', HTMLDialogElement);
const head = byId('head', HTMLElement);
new ResizeObserver(() => document.documentElement.style.setProperty('--head', `${head.offsetHeight}px`)).observe(head);

/** The photos that are shown, in order; of copies, only the first. */
export let shown: ShownPhoto[] = [];
/** The one in the large view. */
let current: string | undefined;

export function showPhotos(photos: readonly ShownPhoto[]): void {
  const placed = photos.map((photo, place) => ({ photo, place }));
  const groups = Map.groupBy(placed, ({ photo }) => photo.group ?? photo.id);
  const tiles = [...groups.values()].flatMap(([one, ...copies]) => (one ? { ...one, copies: copies.length } : []));
  shown = tiles.map(({ photo }) => photo);
  const focused = list.querySelector<HTMLElement>(':focus');
  const items = repeat(tiles, ({ photo }) => photo.id, tile);
  render(items, list);
  if (focused && !focused.matches(':focus')) (focused.isConnected ? focused : byId('text', HTMLInputElement)).focus();
}

/** The page of the first photo that can be seen below the head; undefined where none is shown. */
export function pageInView(): string | undefined {
  const top = Math.max(0, head.getBoundingClientRect().bottom) + 60;
  const tiles = [...list.querySelectorAll('li')];
  return tiles.find((tile) => tile.getBoundingClientRect().bottom > top)?.dataset.page;
}

export function scrollToPage(page: number): void {
  list.querySelector(`[data-page="${page}"]`)?.scrollIntoView();
}

const missing = ({ target }: Event) =>
  void ((target as HTMLImageElement).alt = 'This photo’s file is not here, or can’t be read.');

/** Loads again the pictures that failed: perhaps the server was away. */
export function askAgain(): void {
  const broken = document.querySelectorAll<HTMLImageElement>('#photos img:not([alt=""])');
  for (const image of broken) Object.assign(image, { alt: '', src: image.src });
}

function tile({ photo, place, copies }: { photo: ShownPhoto; place: number; copies: number }): TemplateResult {
  const { id, title, near } = photo;
  return html`<li data-page=${1 + Math.floor(place / photosPerPage)} data-copies=${copies || nothing}>
    <button type="button" class="open" aria-label=${title} @click=${() => openPhoto(id)}>
      <img
        alt=""
        loading=${place > 3 ? 'lazy' : 'eager'}
        fetchpriority=${place > 3 ? 'low' : 'high'}
        src=${photoAddress(id, '/thumb')}
        @error=${missing}
      />
    </button>
    <div class="buttons">${likeButtons(photo, title)}</div>
    <div class="caption">
      <h2 title=${title}>${title}</h2>
      ${near && html`<p class="near" title=${figures(near)}>${near.words}</p>`}
      <p class="credit">${credit(photo)}</p>
    </div>
  </li>`;
}

/** Sets up the large view: arrows go on and back, Escape closes. @param more shows more photos, if there are any */
export function prepareLargeView(more: () => Promise<unknown>): void {
  const step = async (by: number) => {
    const at = shown.findIndex(({ id }) => id === current);
    if (at + by >= shown.length) await more();
    const next = at < 0 ? undefined : shown[at + by];
    if (next) openPhoto(next.id);
  };
  dialog.onclose = closePhoto;
  dialog.onkeydown = ({ key }) => {
    if (key === 'ArrowRight') void step(1);
    if (key === 'ArrowLeft') void step(-1);
  };
  byId('large-on', HTMLButtonElement).onclick = () => void step(1);
  byId('large-back', HTMLButtonElement).onclick = () => void step(-1);
}

/** @param photo undefined closes the view */
export function showLarge(photo: ShownPhoto | undefined): void {
  render(photo ? content(photo) : nothing, byId('large-content', HTMLDivElement));
  if (photo && !dialog.open) dialog.showModal();
  if (!photo) dialog.close();
  if (!photo) list.children[shown.findIndex(({ id }) => id === current)]?.querySelector('button')?.focus();
  current = photo?.id;
  dialog.classList.toggle('alone', !shown.some(({ id }) => id === current));
}

function content(photo: ShownPhoto): unknown {
  const { id, title, near, width, height } = photo;
  const facts = [near && `${near.words} (${figures(near)})`, width && height && `${width} × ${height} pixels`];
  return html`
    ${keyed(id, html`<img id="large-photo" alt=${title} src=${photoAddress(id, '/whole')} @error=${missing} />`)}
    <h2 id="large-title">${title}</h2>
    <p id="large-credit">${credit(photo)}</p>
    <p>${facts.filter(Boolean).join(' · ')}</p>
    <p>${likeButtons(photo, 'this')}</p>
  `;
}

function likeButtons({ id }: ShownPhoto, what: string): TemplateResult[] {
  const button = (sign: string, label: string, weight: number) =>
    html`<button type="button" class="like" title=${label} aria-label=${label} @click=${() => like(id, weight)}>
      ${sign} <span>${label}</span>
    </button>`;
  return [button('+', `More like ${what}`, 1), button('−', `Less like ${what}`, -0.5)];
}

/** `Jane Doe, CC BY-SA 4.0`, with links where the credit has addresses. */
function credit({ author, licence, sourceUrl, licenceUrl }: ShownPhoto): unknown {
  const link = (text?: string, to?: string) =>
    to === undefined ? text : html`<a href=${to} target="_blank" rel="noopener noreferrer">${text}</a>`;
  return [link(author, sourceUrl), author && licence && ', ', link(licence, licenceUrl)];
}

const figures = ({ cosine, percentile }: NonNullable<ShownPhoto['near']>) =>
  `cosine ${cosine.toFixed(3)}: nearer than ${Math.floor(percentile)} of 100 photos`;
