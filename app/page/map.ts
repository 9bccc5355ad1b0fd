import { pointer, select } from 'd3-selection';
import { zoom, zoomIdentity } from 'd3-zoom';
import { html, render } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { PhotoMap } from '../types';
import { openPhoto } from './address';
import { ask, photoAddress } from './ask';
import { byId } from './element';

const view = byId('map-view', HTMLDivElement);
const ground = byId('map-ground', HTMLDivElement);
const says = byId('map-says', HTMLParagraphElement);
/** From this size on, in pixels, a photo's own picture takes the place of the small one. */
const closeUp = 64;
const largestCell = 480;

let map: PhotoMap | undefined;
let hits = new Set<string>();
/** From the ground, which has the sheets' pixels, to the view. */
let onView = zoomIdentity;

const zoomer = zoom<HTMLDivElement, unknown>().on('zoom', ({ transform }: { transform: typeof onView }) => {
  onView = transform;
  draw();
});
const zoomed = select(view);

/** Shows the map, which may have to be drawn first. */
export async function showMap(found: Iterable<string>, signal: AbortSignal): Promise<void> {
  hits = new Set(found);
  says.textContent = map ? describe(map) : 'The map is being drawn: for many photos it takes minutes.';
  draw();
  let answer = await ask<PhotoMap | { state: string }>('api/map', { signal });
  while (!('photos' in answer)) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    answer = await ask('api/map', { signal });
  }
  if (answer.folder !== map?.folder) {
    map = answer;
    const [width, height] = [map.columns * map.sheet.side, map.rows * map.sheet.side];
    const whole = Math.min(view.clientWidth / width, view.clientHeight / height);
    zoomer.scaleExtent([whole / 2, largestCell / map.sheet.side]);
    zoomer.transform(zoomed, zoomIdentity.scale(whole));
    zoomer.translateTo(zoomed, width / 2, height / 2);
  }
  map = answer;
  says.textContent = describe(map);
  draw();
}

function describe({ photos, total }: PhotoMap): string {
  const some = photos.length < total ? `${photos.length} of ${total} photos, drawn at random` : `${total} photos`;
  const marked = hits.size > 0 ? '; those found are framed' : '';
  return `${some}, similar ones close together${marked}.`;
}

/** Sheets of small pictures, moved and scaled by the browser; on them the hits, and what is near enough to be seen well. */
function draw(): void {
  if (!map) return;
  const { folder, sheet, columns, rows, photos } = map;
  const [left, top] = onView.invert([0, 0]);
  const [right, bottom] = onView.invert([view.clientWidth, view.clientHeight]);
  const isIn = (place: number, first: number, last: number) =>
    (place + 1) * sheet.side > first && place * sheet.side < last;
  const isNear = onView.k * sheet.side >= closeUp;
  const own = photos.filter(
    ({ id, column, row }) => hits.has(id) || (isNear && isIn(column, left, right) && isIn(row, top, bottom)),
  );
  const place = (column: number, row: number, cells: number) =>
    `left: ${column * sheet.side}px; top: ${row * sheet.side}px; width: ${cells * sheet.side}px`;
  const [across, down] = [Math.ceil(columns / sheet.cells), Math.ceil(rows / sheet.cells)];
  const sheets = Array.from({ length: across * down }, (_, number) => {
    const style = place((number % across) * sheet.cells, Math.floor(number / across) * sheet.cells, sheet.cells);
    return html`<img class="sheet" alt="" src="${folder}/${number}.webp" .style=${style} />`;
  });
  const pictures = repeat(
    own,
    ({ id }) => id,
    ({ id, column, row }) =>
      html`<img
        class=${hits.has(id) ? 'hit' : 'own'}
        alt=""
        src=${photoAddress(id, 'thumb')}
        .style=${place(column, row, 1 - 1 / sheet.side)}
      />`,
  );
  render([sheets, pictures], ground);
  ground.className = hits.size > 0 ? 'searched' : '';
  const { x, y, k } = onView;
  ground.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  ground.style.setProperty('--frame', `${3 / k}px`);
}

/** Opens the photo at a place of the view, or the nearest one within `reach` cells. */
function openAt(place: [number, number], reach: number): void {
  if (!map?.photos.length) return;
  const [x, y] = onView.invert(place).map((at) => at / (map?.sheet.side ?? 1) - 0.5) as [number, number];
  const distance = ({ column, row }: { column: number; row: number }) =>
    Math.max(Math.abs(x - column), Math.abs(y - row));
  const nearest = map.photos.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  if (distance(nearest) <= reach) openPhoto(nearest.id);
}

/** Sets up moving about: drag, pinch, wheel and keys; a click opens a photo. */
export function prepareMap(): void {
  zoomed.call(zoomer).on('dblclick.zoom', null);
  view.onclick = (event) => openAt(pointer(event, view), 0.5);
  const pan = (dx: number, dy: number) => zoomer.translateBy(zoomed, dx / onView.k, dy / onView.k);
  const zoomBy = (factor: number) => zoomer.scaleBy(zoomed, factor);
  const keys: Record<string, () => unknown> = {
    ArrowLeft: () => pan(60, 0),
    ArrowRight: () => pan(-60, 0),
    ArrowUp: () => pan(0, 60),
    ArrowDown: () => pan(0, -60),
    '+': () => zoomBy(1.3),
    '=': () => zoomBy(1.3),
    '-': () => zoomBy(1 / 1.3),
    Enter: () => openAt([view.clientWidth / 2, view.clientHeight / 2], Infinity),
  };
  view.onkeydown = (event) => {
    const act = keys[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !act) return;
    event.preventDefault();
    act();
  };
  byId('zoom-in', HTMLButtonElement).onclick = () => zoomBy(1.5);
  byId('zoom-out', HTMLButtonElement).onclick = () => zoomBy(1 / 1.5);
  new ResizeObserver(draw).observe(view);
}
