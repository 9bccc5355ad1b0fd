import { html, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { address, change } from './address';
import { ask, photoAddress } from './ask';
import { byId } from './element';

const most = 10;
const weights = [2, 1.5, 1, 0.5, 0.25, -0.25, -0.5, -1, -1.5, -2];
/** Small pictures of dropped photos, which only this page has: by their vectors. */
const droppedPictures = new Map<string, string>();

/** What follows the weight in `weight:what`: a photo's id, or its vector. */
function whatOf(value: string): string {
  return value.slice(value.indexOf(':') + 1);
}

/** Searches with a photo of the index: above 0 for more like it, below for less. */
export function like(id: string, weight: number): void {
  const others = address()
    .getAll('like')
    .filter((value) => whatOf(value) !== id);
  change({ like: [...others.slice(0, most - 1), `${weight}:${id}`], photo: '' });
}

/** Searches with a photo of the visitor's own, in place of the last one. */
async function likeOwn(photo: File): Promise<void> {
  const body = new FormData();
  body.append('photo', photo);
  const { drop } = await ask<{ drop: string }>('api/like', { method: 'POST', body });
  droppedPictures.set(drop, URL.createObjectURL(photo));
  change({ drop: `1:${drop}`, photo: '' });
}

/** Sets up the three ways to search with a photo of one's own: drop it, paste it, or choose it. */
export function prepareDrop(failed: (error: unknown) => void): void {
  const hint = byId('drop-here', HTMLDivElement);
  const file = byId('file', HTMLInputElement);
  const take = (photo?: File) => photo && void likeOwn(photo).catch(failed);
  byId('choose', HTMLButtonElement).onclick = () => file.click();
  file.onchange = () => {
    take(file.files?.[0]);
    file.value = '';
  };
  document.onpaste = ({ clipboardData }) => take(clipboardData?.files[0]);
  document.ondragover = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    hint.hidden = false;
  };
  document.ondragleave = ({ relatedTarget }) => {
    if (relatedTarget === null) hint.hidden = true;
  };
  document.ondrop = (event) => {
    event.preventDefault();
    hint.hidden = true;
    take(event.dataTransfer?.files[0]);
  };
}

/** Shows the photos that are searched with, beside the text: each with its weight. */
export function showChips(): void {
  const chips = (['like', 'drop'] as const).flatMap((kind) => {
    const values = address().getAll(kind);
    const replace = (place: number, ...by: string[]) => change({ [kind]: values.toSpliced(place, 1, ...by) });
    return values.map((value, place) => chip(kind, value, (...by) => replace(place, ...by)));
  });
  render(chips, byId('chips', HTMLUListElement));
}

function chip(kind: 'like' | 'drop', value: string, replace: (...by: string[]) => void): TemplateResult {
  const [weight, what] = [parseFloat(value), whatOf(value)];
  const name = kind === 'like' ? what : 'your photo';
  const source = kind === 'like' ? photoAddress(what, '/thumb') : droppedPictures.get(what);
  const choose = ({ target }: Event) => replace(`${(target as HTMLSelectElement).value}:${what}`);
  const options = [...new Set([...weights, weight])].map((one) => {
    const text = `${one < 0 ? 'less' : 'more'} × ${Math.abs(one)}`;
    return html`<option value=${one} .selected=${live(one === weight)}>${text}</option>`;
  });
  return html`<li class="chip ${weight < 0 ? 'less' : ''}" title=${name}>
    ${source === undefined ? 'your photo' : html`<img src=${source} alt="" />`}
    <select aria-label="${name}: weight" @change=${choose}>
      ${options}
    </select>
    <button type="button" class="icon" aria-label="Search without ${name}" @click=${() => replace()}>×</button>
  </li>`;
}
