import { html, nothing, render } from 'lit-html';
import type { ShownPhoto } from '../types';
import { closePhoto, openPhoto } from './address';
import { photoAddress } from './ask';
import { byId } from './element';
import { credit, figures, focusPhoto, likeButtons, shown } from './results';

const dialog = byId('large', HTMLDialogElement);
let current: string | undefined;

/** Sets up the large view: arrows go on and back, Escape closes. @param more shows more photos, if there are any */
export function prepareLargeView(more: () => Promise<unknown>): void {
  const step = async (by: number) => {
    const at = shown.findIndex(({ id }) => id === current);
    if (at + by >= shown.length) await more();
    const next = shown[at + by];
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
  if (!photo && current !== undefined) focusPhoto(current);
  current = photo?.id;
}

function content(photo: ShownPhoto): unknown {
  const { id, title, near, width, height } = photo;
  const facts = [near && `${near.words} (${figures(near)})`, width && height && `${width} × ${height} pixels`];
  return html`
    <img id="large-photo" alt=${title} src=${photoAddress(id, '/whole')} />
    <h2 id="large-title">${title}</h2>
    <p id="large-credit">${credit(photo)}</p>
    <p>${facts.filter(Boolean).join(' · ')}</p>
    <p>${likeButtons(photo, 'wide')}</p>
  `;
}
