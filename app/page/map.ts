import { pointer, select } from 'd3-selection';
import { zoom, zoomIdentity, zoomTransform } from 'd3-zoom';
import { html, render } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { PhotoMap, ShownPhoto } from '../types';
import { openPhoto } from './address';
import { ask, byId, photoAddress } from './ask';

const view = byId('map-view', HTMLDivElement);
const ground = byId('map-ground', HTMLDivElement);
const says = byId('map-says', HTMLParagraphElement);
/** From this size on, in pixels, a photo's own picture takes the place of the small one. */
const closeUp = 64;
const largestCell = 480;

type Placed = PhotoMap['photos'][number];

let map: PhotoMap | undefined;
let hits = new Set<string>();

const zoomer = zoom<HTMLDivElement, unknown>().on('zoom', draw);
const zoomed = select(view).call(zoomer).on('dblclick.zoom', null);

/** Shows the map with the hits marked. If it must be drawn first, waits for that as long as the map is looked at. */
export async function showMap(found: readonly ShownPhoto[]): Promise<void> {
  hits = new Set(found.map(({ id }) => id));
  if (!map) render('The map is being drawn: with many photos, this takes minutes.', says);
  draw();
  const answer = await ask<PhotoMap | { state: string }>('api/map');
  if (!('photos' in answer)) return view.checkVisibility() ? showMap(found) : undefined;
  const isOther = answer.picture !== map?.picture;
  map = answer;
  if (isOther) {
    const { width, height } = map;
    const whole = Math.min(view.clientWidth / width, view.clientHeight / height);
    zoomer.scaleExtent([whole / 2, largestCell / map.side]);
    zoomer.transform(zoomed, zoomIdentity.scale(whole));
    zoomer.translateTo(zoomed, width / 2, height / 2);
  }
  draw();
}

/** Draws the picture, moved and scaled by the browser; on it the hits, and what is near enough to be seen well. */
function draw(): void {
  if (!map) return;
  const { side, photos, total } = map;
  const some = photos.length < total ? `${photos.length} of ${total} photos, drawn at random` : `${total} photos`;
  const onIt = photos.filter(({ id }) => hits.has(id)).length;
  const framed = hits.size > 0 ? `; framed: ${onIt} of the ${hits.size} nearest` : '';
  render(`${some}, similar ones close together${framed}.`, says); // screen readers read out what changes
  const onView = zoomTransform(view);
  const [x0, y0] = onView.invert([0, 0]);
  const [x1, y1] = onView.invert([view.clientWidth, view.clientHeight]);
  const isNear = onView.k * side >= closeUp;
  const isInView = ({ left, top }: Placed) => left + side > x0 && left < x1 && top + side > y0 && top < y1;
  const own = photos.filter((photo) => hits.has(photo.id) || (isNear && isInView(photo)));
  const picture = ({ id, left, top }: Placed) => {
    const place = `left: ${left}px; top: ${top}px; width: ${side - 1}px`;
    return html`<img class=${hits.has(id) ? 'hit' : 'own'} alt="" src=${photoAddress(id, '/thumb')} .style=${place} />`;
  };
  render([html`<img id="all" alt="" src=${map.picture} />`, repeat(own, ({ id }) => id, picture)], ground);
  ground.className = onIt > 0 ? 'searched' : '';
  const { x, y, k } = onView;
  ground.style.cssText = `--frame: ${3 / k}px; transform: translate(${x}px, ${y}px) scale(${k})`;
}

/** Opens the photo at a place of the view, or the nearest one within `reach` cells. */
function openAt(place: [number, number], reach: number): void {
  if (!map?.photos.length) return;
  const { side } = map;
  const [x, y] = zoomTransform(view).invert(place);
  const distance = ({ left, top }: Placed) => Math.max(Math.abs(x - left - side / 2), Math.abs(y - top - side / 2));
  const nearest = map.photos.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  if (distance(nearest) <= reach * side) openPhoto(nearest.id);
}

const zoomBy = (factor: number) => zoomer.scaleBy(zoomed, factor);
/** What keys do: move by so many pixels, or zoom. */
const moves = new Map(
  Object.entries({ ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }),
);
const factors = new Map(Object.entries({ '+': 1.3, '=': 1.3, '-': 1 / 1.3 }));
view.onkeydown = (event) => {
  const [[dx, dy] = [], factor] = [moves.get(event.key), factors.get(event.key)];
  const { k } = zoomTransform(view);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (dx !== undefined && dy !== undefined) zoomer.translateBy(zoomed, dx / k, dy / k);
  else if (factor !== undefined) zoomBy(factor);
  else if (event.key === 'Enter') openAt([view.clientWidth / 2, view.clientHeight / 2], Infinity);
  else return;
  event.preventDefault();
};
view.onclick = (event) => openAt(pointer(event, view), 0.5);
byId('zoom-in', HTMLButtonElement).onclick = () => zoomBy(1.5);
byId('zoom-out', HTMLButtonElement).onclick = () => zoomBy(1 / 1.5);
new ResizeObserver(draw).observe(view);
