import type { ShownPhoto } from '../types';
import { photoAddress } from './ask';
import { byId, element } from './element';
import { credit, figures, focusPhoto, likeButtons, shown, type PhotoActions } from './results';

const dialog = byId('large', HTMLDialogElement);
const picture = byId('large-photo', HTMLImageElement);
let current: ShownPhoto | undefined;

export interface LargeViewActions extends PhotoActions {
  close: () => void;
  /** Shows more photos, if there are any. */
  more: () => Promise<unknown>;
}

/** Sets up the large view: arrows go on and back, Escape closes. */
export function prepareLargeView({ open, close, more }: LargeViewActions): void {
  const step = async (by: number) => {
    const order = () => [...shown.values()];
    const at = order().findIndex(({ id }) => id === current?.id);
    if (at + by >= shown.size) await more();
    const next = order()[at + by];
    if (next) open(next);
  };
  byId('large-on', HTMLButtonElement).onclick = () => void step(1);
  byId('large-back', HTMLButtonElement).onclick = () => void step(-1);
  byId('large-close', HTMLButtonElement).onclick = close;
  dialog.oncancel = (event) => {
    event.preventDefault();
    close();
  };
  dialog.onkeydown = ({ key }) => {
    if (key === 'ArrowRight') void step(1);
    if (key === 'ArrowLeft') void step(-1);
  };
  dialog.onclick = ({ target }) => {
    if (target === dialog) close();
  };
}

export function showLarge(photo: ShownPhoto, actions: PhotoActions): void {
  current = photo;
  picture.src = photoAddress(photo.id, 'whole');
  picture.alt = photo.title;
  byId('large-title', HTMLHeadingElement).textContent = photo.title;
  const { width, height, near } = photo;
  const size = width && height ? `${width} × ${height} pixels` : '';
  byId('large-credit', HTMLParagraphElement).replaceChildren(...credit(photo).childNodes);
  byId('large-near', HTMLParagraphElement).textContent = [near && `${near.words} (${figures(near)})`, size]
    .filter(Boolean)
    .join(' · ');
  byId('large-buttons', HTMLParagraphElement).replaceChildren(
    ...likeButtons(photo, actions).map((button) => {
      button.append(element('span', {}, button.ariaLabel?.split(' ', 2).join(' ') ?? '', ' this'));
      button.removeAttribute('aria-label');
      button.className = 'wide';
      return button;
    }),
  );
  if (!dialog.open) dialog.showModal();
}

export function hideLarge(): void {
  if (!dialog.open) return;
  dialog.close();
  picture.removeAttribute('src');
  if (current) focusPhoto(current.id);
  current = undefined;
}
