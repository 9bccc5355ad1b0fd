import { pointer, select } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent } from 'd3-zoom';
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

type Placed = PhotoMap['photos'][number];

let map: PhotoMap | undefined;
let hits = new Set<string>();
/** From the ground, which has the picture's pixels, to the view. */
let onView = zoomIdentity;

const zoomer = zoom<HTMLDivElement, unknown>().on('zoom', ({ transform }: D3ZoomEvent<HTMLDivElement, unknown>) => {
  onView = transform;
  draw();
});
const zoomed = select(view);

/** Shows the map with the hits marked. Where it has to be drawn first, that is waited for while it is looked at. */
export async function showMap(found: Iterable<string>): Promise<void> {
  hits = new Set(found);
  if (!map) says.textContent = 'The map is being drawn: for many photos it takes minutes.';
  draw();
  let answer = await ask<PhotoMap | { state: string }>('api/map');
  while (!('photos' in answer)) {
    if (!view.checkVisibility()) return;
    answer = await ask('api/map');
  }
  const isOther = answer.picture !== map?.picture;
  map = answer;
  if (isOther) {
    const [width, height] = [map.columns * map.side, map.rows * map.side];
    const whole = Math.min(view.clientWidth / width, view.clientHeight / height);
    zoomer.scaleExtent([whole / 2, largestCell / map.side]);
    zoomer.transform(zoomed, zoomIdentity.scale(whole));
    zoomer.translateTo(zoomed, width / 2, height / 2);
  }
  draw();
}

/** The picture, moved and scaled by the browser; on it the hits, and what is near enough to be seen well. */
function draw(): void {
  if (!map) return;
  const { side, photos, total } = map;
  const some = photos.length < total ? `${photos.length} of ${total} photos, drawn at random` : `${total} photos`;
  says.textContent = `${some}, similar ones close together${hits.size > 0 ? '; those found are framed' : ''}.`;
  const [left, top] = onView.invert([0, 0]);
  const [right, bottom] = onView.invert([view.clientWidth, view.clientHeight]);
  const isNear = onView.k * side >= closeUp;
  const isIn = (place: number, first: number, last: number) => (place + 1) * side > first && place * side < last;
  const own = photos.filter(
    (photo) => hits.has(photo.id) || (isNear && isIn(photo.column, left, right) && isIn(photo.row, top, bottom)),
  );
  const picture = ({ id, column, row }: Placed) => {
    const place = `left: ${column * side}px; top: ${row * side}px; width: ${side - 1}px`;
    return html`<img class=${hits.has(id) ? 'hit' : 'own'} alt="" src=${photoAddress(id, '/thumb')} .style=${place} />`;
  };
  render([html`<img id="all" alt="" src=${map.picture} />`, repeat(own, ({ id }) => id, picture)], ground);
  ground.className = hits.size > 0 ? 'searched' : '';
  const { x, y, k } = onView;
  ground.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  ground.style.setProperty('--frame', `${3 / k}px`);
}

/** Opens the photo at a place of the view, or the nearest one within `reach` cells. */
function openAt(place: [number, number], reach: number): void {
  if (!map?.photos.length) return;
  const { side } = map;
  const [x, y] = onView.invert(place);
  const distance = ({ column, row }: Placed) =>
    Math.max(Math.abs(x / side - 0.5 - column), Math.abs(y / side - 0.5 - row));
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
