import { html, nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ShownPhoto } from '../types';
import { openPhoto } from './address';
import { photoAddress } from './ask';
import { like } from './chips';
import { byId } from './element';

const list = byId('photos', HTMLOListElement);

/** The photos that are shown, in their order; of copies the first. */
export let shown: ShownPhoto[] = [];

/** Shows these photos, and no others. */
export function showPhotos(photos: Iterable<ShownPhoto>): void {
  const groups = new Map<string, ShownPhoto[]>();
  for (const photo of photos) {
    const name = photo.group ?? photo.id;
    groups.set(name, [...(groups.get(name) ?? []), photo]);
  }
  const tiles = [...groups.values()].flatMap(([photo, ...copies]) => (photo ? [{ photo, copies: copies.length }] : []));
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

export function focusPhoto(id: string): void {
  list.children[shown.findIndex((photo) => photo.id === id)]?.querySelector('button')?.focus();
}

function tile({ photo, copies }: { photo: ShownPhoto; copies: number }, place: number): TemplateResult {
  const { id, title, near } = photo;
  const missing = ({ target }: Event) => {
    (target as HTMLImageElement).alt = 'This photo’s file is not here, or can’t be read.';
  };
  return html`<li data-copies=${copies || nothing}>
    <button type="button" class="open" aria-label=${title} @click=${() => openPhoto(id)}>
      <img alt="" loading=${place > 8 ? 'lazy' : 'eager'} src=${photoAddress(id, 'thumb')} @error=${missing} />
    </button>
    <div class="buttons">${likeButtons(photo, 'icon')}</div>
    <div class="caption">
      <h2 title=${title}>${title}</h2>
      ${near && html`<p class="near" title=${figures(near)}>${near.words}</p>`}
      <p class="credit">${credit(photo)}</p>
    </div>
  </li>`;
}

export function likeButtons({ id, title }: ShownPhoto, className: 'icon' | 'wide'): TemplateResult[] {
  const button = (sign: string, word: string, weight: number) => {
    const label = `${word} like ${className === 'icon' ? title : 'this'}`;
    const text = className === 'icon' ? sign : `${sign} ${label}`;
    return html`<button
      type="button"
      class=${className}
      title=${label}
      aria-label=${label}
      @click=${() => like(id, weight)}
    >
      ${text}
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
