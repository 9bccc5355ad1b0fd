import type { SearchAnswer, ShownPhoto } from '../types';
import { photoAddress } from './ask';
import { byId, element, iconButton, outwardLink } from './element';

/** What can be done with a photo. */
export interface PhotoActions {
  open: (photo: ShownPhoto) => void;
  /** Searches with it, towards it or away from it. */
  like: (photo: ShownPhoto, weight: number) => void;
}

/** The photos that are shown, in their order; each once. */
export const shown = new Map<string, ShownPhoto>();
const groups = new Map<string, HTMLElement>();
const tileOf = new Map<string, HTMLElement>();

/** @returns whether the photo is there to have the focus */
export function focusPhoto(id: string): boolean {
  const button = tileOf.get(id)?.querySelector('button');
  button?.focus();
  return button !== undefined && button !== null;
}

/** Adds photos to those shown, or shows them instead. */
export function showPhotos(
  { photos }: Pick<SearchAnswer, 'photos'>,
  how: 'instead' | 'add',
  actions: PhotoActions,
): void {
  const list = byId('photos', HTMLOListElement);
  const [focused] = [...tileOf].find(([, tile]) => tile.contains(document.activeElement)) ?? [];
  if (how === 'instead') for (const one of [shown, groups, tileOf]) one.clear();
  const tiles: HTMLElement[] = [];
  for (const photo of photos) {
    const copies = photo.group === undefined ? undefined : groups.get(photo.group);
    if (copies) copies.dataset.copies = String(Number(copies.dataset.copies ?? 0) + 1);
    if (copies || shown.has(photo.id)) continue;
    shown.set(photo.id, photo);
    const made = tile(photo, actions);
    if (photo.group !== undefined) groups.set(photo.group, made);
    tileOf.set(photo.id, made);
    tiles.push(made);
  }
  if (how === 'add') list.append(...tiles);
  else {
    list.replaceChildren(...tiles);
    // What had the focus is another element now, or gone.
    if (focused !== undefined && !focusPhoto(focused)) byId('text', HTMLInputElement).focus();
  }
}

function tile(photo: ShownPhoto, actions: PhotoActions): HTMLElement {
  const picture = element('img', { alt: '', loading: shown.size > 8 ? 'lazy' : 'eager' });
  const open = element('button', { type: 'button', className: 'open', ariaLabel: photo.title }, picture);
  open.onclick = () => {
    actions.open(photo);
  };
  picture.onerror = () => {
    open.classList.add('missing');
    picture.remove();
    open.append(element('span', {}, 'This photo’s file is not here, or can’t be read.'));
  };
  picture.src = photoAddress(photo.id, 'thumb');
  const near = photo.near && element('p', { className: 'near', title: figures(photo.near) }, photo.near.words);
  return element(
    'li',
    {},
    open,
    element('div', { className: 'buttons' }, ...likeButtons(photo, actions)),
    element('div', { className: 'caption' }, element('h2', { title: photo.title }, photo.title), near, credit(photo)),
  );
}

export function likeButtons(photo: ShownPhoto, { like }: PhotoActions): HTMLButtonElement[] {
  return [
    iconButton('more', `More like ${photo.title}`, () => {
      like(photo, 1);
    }),
    iconButton('less', `Less like ${photo.title}`, () => {
      like(photo, -0.5);
    }),
  ];
}

/** `Jane Doe, CC BY-SA 4.0`, with links where the credit has addresses. */
export function credit({ author, licence, sourceUrl, licenceUrl }: ShownPhoto): HTMLElement {
  const parts = [
    author === undefined ? [] : [outwardLink(author, sourceUrl)],
    licence === undefined ? [] : [outwardLink(licence, licenceUrl)],
  ].filter((part) => part.length > 0);
  const between = parts.length > 1 ? ', ' : '';
  return element('p', { className: 'credit' }, ...(parts[0] ?? []), between, ...(parts[1] ?? []));
}

export function figures({ cosine, percentile }: NonNullable<ShownPhoto['near']>): string {
  return `cosine ${cosine.toFixed(3)}: nearer than ${Math.floor(percentile)} of 100 photos`;
}
