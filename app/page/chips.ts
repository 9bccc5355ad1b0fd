import { html, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { address, change } from './address';
import { photoAddress } from './ask';
import { byId } from './element';

/** A photo that is searched with. */
interface Chip {
  kind: 'like' | 'drop';
  /** Above 0 for more like it, below for less. */
  weight: number;
  /** The photo's id, or its vector. */
  what: string;
}

const most = 10;
const weights = [0.25, 0.5, 1, 1.5, 2];
/** Small pictures of dropped photos, which only this page has: by their vectors. */
const droppedPictures = new Map<string, string>();

function chipsOf(kind: Chip['kind']): Chip[] {
  return address()
    .getAll(kind)
    .map((value) => ({ kind, weight: parseFloat(value), what: value.slice(value.indexOf(':') + 1) }));
}

function write(chips: readonly Chip[]): void {
  const written = (wanted: Chip['kind']) =>
    chips.filter(({ kind }) => kind === wanted).map(({ weight, what }) => `${weight}:${what}`);
  change({ like: written('like'), drop: written('drop'), photo: '' });
}

/** Searches with a photo of the index, towards it or away from it. */
export function like(id: string, weight: number): void {
  const others = chipsOf('like').filter(({ what }) => what !== id);
  write([...others.slice(0, most - 1), { kind: 'like', weight, what: id }, ...chipsOf('drop')]);
}

/** Searches with a photo of the visitor's own, in place of the last one. */
export function likeDropped(vector: string, photo: File): void {
  droppedPictures.set(vector, URL.createObjectURL(photo));
  write([...chipsOf('like'), { kind: 'drop', weight: 1, what: vector }]);
}

/** Shows the photos that are searched with, beside the text: each with its weight. */
export function showChips(): void {
  const chips = [...chipsOf('like'), ...chipsOf('drop')];
  const replace = (old: Chip, ...by: Chip[]) => write(chips.flatMap((chip) => (chip === old ? by : chip)));
  const shown = chips.map((chip) => {
    const { kind, weight, what } = chip;
    const [name, source] =
      kind === 'like' ? [what, photoAddress(what, 'thumb')] : ['your photo', droppedPictures.get(what)];
    const [sign, size] = [Math.sign(weight), Math.abs(weight)];
    const select = (label: string, values: number[], value: number, named: (one: number) => string, to: number) => html`
      <select
        aria-label=${label}
        @change=${(event: Event) =>
          replace(chip, { ...chip, weight: Number((event.target as HTMLSelectElement).value) * to })}
      >
        ${values.map((one) => html`<option value=${one} .selected=${live(one === value)}>${named(one)}</option>`)}
      </select>
    `;
    const sizes = [...new Set([...weights, size])].sort((a, b) => a - b);
    return html`<li class="chip ${sign < 0 ? 'less' : ''}" title=${name}>
      ${select(`${name}: more or less like it`, [1, -1], sign, (one) => (one > 0 ? 'more like' : 'less like'), size)}
      ${source === undefined ? html`<span>your photo</span>` : html`<img src=${source} alt="" />`}
      ${select(`${name}: weight`, sizes, size, (one) => `× ${one}`, sign)}
      <button type="button" class="icon" aria-label="Search without ${name}" @click=${() => replace(chip)}>×</button>
    </li>`;
  });
  render(shown, byId('chips', HTMLUListElement));
}
