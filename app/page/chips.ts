import { html, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { address, change } from './address';
import { ask, byId, photoAddress } from './ask';

const most = 10;
const weights = [2, 1.5, 1, 0.5, 0.25, -0.25, -0.5, -1, -1.5, -2];
/** Pictures of dropped photos, by the photos' vectors: only this page has them. */
const droppedPictures = new Map<string, string>();

/** What follows the weight in `weight:what`: a photo's id, or its vector. */
const whatOf = (value: string) => value.slice(value.indexOf(':') + 1);

/** Searches with a photo of the index: a weight above 0 finds more like it, one below 0 less. */
export function like(id: string, weight: number): void {
  const liked = address().getAll('like');
  const others = liked.filter((value) => whatOf(value) !== id).slice(0, most - 1);
  change({ like: [...others, `${weight}:${id}`], photo: '' });
}

/** Searches with a photo of the visitor's own, in place of the last one. */
async function likeOwn(photo: File): Promise<void> {
  const body = new FormData();
  body.append('photo', photo);
  const { drop } = await ask<{ drop: string }>('api/like', { method: 'POST', body });
  droppedPictures.set(drop, URL.createObjectURL(photo));
  change({ drop: `1:${drop}`, photo: '' });
}

const list = byId('chips', HTMLUListElement);
list.onclick = ({ target }) => list.contains(target as Node) || byId('text', HTMLInputElement).focus();
const hint = byId('drop-here', HTMLDivElement);
const file = byId('file', HTMLInputElement);
const take = (photo?: File) => photo && void likeOwn(photo);
file.onchange = () => {
  take(file.files?.[0]);
  file.value = '';
};
const ofText = ['text/plain', 'text/html']; // together, from an office program: it adds a picture of the text
document.onpaste = ({ clipboardData: all }) => ofText.every((type) => all?.types.includes(type)) || take(all?.files[0]);
document.ondragover = (event) => {
  hint.hidden = !event.dataTransfer?.types.includes('Files');
  if (!hint.hidden) event.preventDefault();
};
document.ondragleave = ({ relatedTarget }) => void (hint.hidden ||= relatedTarget === null);
document.ondrop = (event) => {
  if (!hint.hidden) event.preventDefault();
  hint.hidden = true;
  take(event.dataTransfer?.files[0]);
};

/** Shows the photos that are searched with, each with its weight; of those whose picture is `broken`, the name. */
export function showChips(broken: readonly string[] = []): void {
  const chips = (['like', 'drop'] as const).flatMap((kind) => {
    const values = address().getAll(kind);
    return values.map((value, place) => {
      const [weight, what] = [parseFloat(value), whatOf(value)];
      const name = kind === 'like' ? what : 'your photo';
      const source = kind === 'like' ? photoAddress(what, '/thumb') : droppedPictures.get(what);
      const isShown = source !== undefined && !broken.includes(source);
      const replace = (...by: string[]) => change({ [kind]: values.toSpliced(place, 1, ...by) });
      const options = [...new Set([...weights, weight])].map((one) => {
        const text = `${one < 0 ? 'less' : 'more'} × ${Math.abs(one)}`;
        return html`<option value=${one} .selected=${live(one === weight)}>${text}</option>`;
      });
      const choose = ({ target }: Event) => replace(`${(target as HTMLSelectElement).value}:${what}`);
      return html`<li class="chip ${weight < 0 ? 'less' : ''}" title=${name}>
        ${isShown ? html`<img src=${source} alt="" @error=${() => showChips([...broken, source])} />` : html`<span>${name}</span>`}
        <select aria-label="${name}: weight" @change=${choose}>
          ${options}
        </select>
        <button type="button" class="icon" aria-label="Search without ${name}" @click=${() => replace()}>×</button>
      </li>`;
    });
  });
  render(chips, list);
}
