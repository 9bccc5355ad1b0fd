import { html, nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ShownPhoto } from '../types';
import { openPhoto } from './address';
import { photoAddress } from './ask';
import { like } from './chips';
import { byId } from './element';

/** Photos that are shown at first; of more, the address names the page that is looked at. */
export const photosPerPage = 24;

/** A photo, its place among those found, and how many copies of it there are. */
type Tile = { photo: ShownPhoto; place: number; copies: number };

const list = byId('photos', HTMLOListElement);

/** The photos that are shown, in their order; of copies the first. */
export let shown: ShownPhoto[] = [];

/** Shows what was found. */
export function showPhotos(photos: readonly ShownPhoto[]): void {
  const groups = new Map<string, Tile>();
  for (const [place, photo] of photos.entries()) {
    const name = photo.group ?? photo.id;
    const group = groups.get(name);
    if (group) group.copies++;
    else groups.set(name, { photo, place, copies: 0 });
  }
  const tiles = [...groups.values()];
  shown = tiles.map(({ photo }) => photo);
  const focused = document.activeElement;
  const hadFocus = list.contains(focused);
  render(
    repeat(tiles, ({ photo }) => photo.id, tile),
    list,
  );
  if (!hadFocus || document.activeElement === focused || !(focused instanceof HTMLElement)) return;
  (focused.isConnected ? focused : byId('text', HTMLInputElement)).focus();
}

/** The page of the first photo that can be seen below the head; undefined where none is shown. */
export function pageInView(): string | undefined {
  const tiles = [...list.querySelectorAll('li')];
  return tiles.find((tile) => tile.getBoundingClientRect().bottom > 150)?.dataset.page;
}

export function scrollToPage(page: number): void {
  if (page === 1) scrollTo(0, 0);
  else list.querySelector(`[data-page="${page}"]`)?.scrollIntoView();
}

export function focusPhoto(id: string): void {
  list.children[shown.findIndex((photo) => photo.id === id)]?.querySelector('button')?.focus();
}

function tile({ photo, place, copies }: Tile): TemplateResult {
  const { id, title, near } = photo;
  const missing = ({ target }: Event) => {
    (target as HTMLImageElement).alt = 'This photo’s file is not here, or can’t be read.';
  };
  return html`<li data-page=${1 + Math.floor(place / photosPerPage)} data-copies=${copies || nothing}>
    <button type="button" class="open" aria-label=${title} @click=${() => openPhoto(id)}>
      <img alt="" loading=${place > 8 ? 'lazy' : 'eager'} src=${photoAddress(id, '/thumb')} @error=${missing} />
    </button>
    <div class="buttons">${likeButtons(photo, 'icon')}</div>
    <div class="caption">
      <h2 title=${title}>${title}</h2>
      ${near && html`<p class="near" title=${figures(near)}>${near.words}</p>`}
      <p class="credit">${credit(photo)}</p>
    </div>
  </li>`;
}

export function likeButtons({ id, title }: ShownPhoto, look: 'icon' | 'wide'): TemplateResult[] {
  const button = (sign: string, word: string, weight: number) => {
    const label = `${word} like ${look === 'icon' ? title : 'this'}`;
    return html`<button type="button" class=${look} title=${label} aria-label=${label} @click=${() => like(id, weight)}>
      ${look === 'icon' ? sign : `${sign} ${label}`}
    </button>`;
  };
  return [button('+', 'More', 1), button('−', 'Less', -0.5)];
}

/** `Jane Doe, CC BY-SA 4.0`, with links where the credit has addresses. */
export function credit({ author, licence, sourceUrl, licenceUrl }: ShownPhoto): unknown {
  const link = (text?: string, to?: string) =>
    to === undefined ? text : html`<a href=${to} target="_blank" rel="noopener noreferrer">${text}</a>`;
  return [link(author, sourceUrl), author && licence && ', ', link(licence, licenceUrl)];
}

export function figures({ cosine, percentile }: NonNullable<ShownPhoto['near']>): string {
  return `cosine ${cosine.toFixed(3)}: nearer than ${Math.floor(percentile)} of 100 photos`;
}
