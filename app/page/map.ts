import type { PhotoMap } from '../types';
import { ask, photoAddress } from './ask';
import { byId } from './element';

const canvas = byId('canvas', HTMLCanvasElement);
const says = byId('map-says', HTMLParagraphElement);
/** The whole map is drawn once at so many pixels a cell; from `closeUp` on, photo by photo. */
const groundCell = 16;
const closeUp = 22;
/** From this size on, in pixels, a photo's own picture takes the place of the small one. */
const ownPicture = 64;
const most = { pictures: 400, cell: 480 };

let map: PhotoMap | undefined;
let hits = new Set<string>();
let sheets: (ImageBitmap | undefined)[] = [];
let ground = new OffscreenCanvas(1, 1);
const pictures = new Map<string, HTMLImageElement>();
/** The middle of the view, in cells, and a cell's side, in CSS pixels. */
let [x, y, cell] = [0, 0, 0];
let waiting = false;

/** Shows the map, which may have to be drawn first. */
export async function showMap(found: Iterable<string>, signal: AbortSignal): Promise<void> {
  hits = new Set(found);
  says.textContent = map ? describe(map) : 'The map is being drawn: for many photos it takes minutes.';
  redraw();
  let answer = await ask<PhotoMap | { state: string }>('api/map', { signal });
  while (!('photos' in answer)) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    answer = await ask('api/map', { signal });
  }
  const isNew = JSON.stringify(map?.photos) !== JSON.stringify(answer.photos);
  map = answer;
  says.textContent = describe(map);
  if (isNew) {
    sheets = [];
    pictures.clear();
    fit(map);
    await readSheets(map);
  }
  redraw();
}

function describe({ photos, total }: PhotoMap): string {
  const some = photos.length < total ? `${photos.length} of ${total} photos, drawn at random` : `${total} photos`;
  const marked = hits.size > 0 ? '; those found are framed' : '';
  return `${some}, similar ones close together${marked}.`;
}

function fit({ columns, rows }: PhotoMap): void {
  const { clientWidth, clientHeight } = canvas;
  [x, y] = [columns / 2, rows / 2];
  cell = Math.min(clientWidth / (columns + 1), clientHeight / (rows + 1));
}

async function readSheets({ photos, sheet, columns, rows }: PhotoMap): Promise<void> {
  ground = new OffscreenCanvas(columns * groundCell, rows * groundCell);
  const paper = ground.getContext('2d');
  for (let number = 0; number * sheet.across ** 2 < photos.length; number++) {
    const response = await fetch(`api/map/sheets/${number}`);
    if (!response.ok) continue;
    sheets[number] = await createImageBitmap(await response.blob());
    const first = number * sheet.across ** 2;
    photos.slice(first, first + sheet.across ** 2).forEach(({ column, row }, i) => {
      const small = smallPicture(first + i);
      const place = [column * groundCell, row * groundCell, groundCell - 1, groundCell - 1] as const;
      if (small) paper?.drawImage(...small, ...place);
    });
    redraw();
  }
}

type Small = [ImageBitmap, number, number, number, number];

function smallPicture(i: number): Small | undefined {
  if (!map) return undefined;
  const { across, side } = map.sheet;
  const picture = sheets[Math.floor(i / across ** 2)];
  const at = i % across ** 2;
  return picture && [picture, (at % across) * side, Math.floor(at / across) * side, side, side];
}

function redraw(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function draw(): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const paper = canvas.getContext('2d');
  if (!paper || !map || width === 0) return;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  paper.scale(ratio, ratio);
  const left = width / 2 - x * cell;
  const top = height / 2 - y * cell;
  const faint = hits.size > 0 ? 0.4 : 1;
  const side = cell - Math.max(0.5, Math.min(4, cell / 16));
  if (cell < closeUp) {
    paper.globalAlpha = faint;
    paper.drawImage(ground, left, top, map.columns * cell, map.rows * cell);
  }
  const accent = getComputedStyle(canvas).color;
  map.photos.forEach(({ id, column, row }, i) => {
    const isHit = hits.has(id);
    if (cell < closeUp && !isHit) return;
    const [px, py] = [left + column * cell, top + row * cell];
    if (px < -cell || py < -cell || px > width || py > height) return;
    paper.globalAlpha = isHit ? 1 : faint;
    const own = cell >= ownPicture ? ownOf(id) : undefined;
    const small = smallPicture(i);
    if (own) {
      const cut = Math.min(own.naturalWidth, own.naturalHeight);
      const from = [(own.naturalWidth - cut) / 2, (own.naturalHeight - cut) / 2] as const;
      paper.drawImage(own, ...from, cut, cut, px, py, side, side);
    } else if (small) paper.drawImage(...small, px, py, side, side);
    if (!isHit) return;
    const line = Math.max(2, Math.min(4, cell / 12));
    paper.strokeStyle = accent;
    paper.lineWidth = line;
    paper.strokeRect(px - line / 2, py - line / 2, side + line, side + line);
  });
}

/** A photo's own picture, once it has arrived. */
function ownOf(id: string): HTMLImageElement | undefined {
  const known = pictures.get(id);
  if (known) return known.complete && known.naturalWidth > 0 ? known : undefined;
  if (pictures.size > most.pictures) pictures.clear();
  const picture = new Image();
  picture.onload = redraw;
  picture.src = photoAddress(id, 'thumb');
  pictures.set(id, picture);
  return undefined;
}

function zoom(factor: number, px = canvas.clientWidth / 2, py = canvas.clientHeight / 2): void {
  if (!map) return;
  const least = Math.min(canvas.clientWidth / map.columns, canvas.clientHeight / map.rows) / 2;
  const next = Math.min(most.cell, Math.max(least, cell * factor));
  const [dx, dy] = [px - canvas.clientWidth / 2, py - canvas.clientHeight / 2];
  x += dx / cell - dx / next;
  y += dy / cell - dy / next;
  cell = next;
  redraw();
}

function pan(dx: number, dy: number): void {
  x = Math.min(map?.columns ?? 0, Math.max(0, x - dx / cell));
  y = Math.min(map?.rows ?? 0, Math.max(0, y - dy / cell));
  redraw();
}

/** The photo at a place of the canvas, or the nearest one within `reach` cells. */
function photoAt(px: number, py: number, reach: number): string | undefined {
  const column = x + (px - canvas.clientWidth / 2) / cell - 0.5;
  const row = y + (py - canvas.clientHeight / 2) / cell - 0.5;
  const distance = (at: { column: number; row: number }) =>
    Math.max(Math.abs(at.column - column), Math.abs(at.row - row));
  const nearest = map?.photos.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  return nearest && distance(nearest) <= reach ? nearest.id : undefined;
}

/** Sets up moving about: drag, pinch, wheel and keys; a click opens a photo. */
export function prepareMap(open: (id: string) => void): void {
  const fingers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  canvas.onpointerdown = ({ pointerId, offsetX, offsetY }) => {
    canvas.setPointerCapture(pointerId);
    if (fingers.size === 0) moved = 0;
    fingers.set(pointerId, { x: offsetX, y: offsetY });
  };
  canvas.onpointermove = ({ pointerId, offsetX, offsetY }) => {
    const before = fingers.get(pointerId);
    if (!before) return;
    const now = { x: offsetX, y: offsetY };
    const [other] = [...fingers].filter(([id]) => id !== pointerId).map(([, finger]) => finger);
    if (other) {
      const apart = (finger: typeof now) => Math.hypot(finger.x - other.x, finger.y - other.y);
      zoom(apart(now) / Math.max(1, apart(before)), other.x, other.y);
    } else pan(now.x - before.x, now.y - before.y);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    fingers.set(pointerId, now);
  };
  canvas.onpointerup = ({ pointerId, offsetX, offsetY }) => {
    fingers.delete(pointerId);
    const id = moved < 5 ? photoAt(offsetX, offsetY, 0.5) : undefined;
    if (id !== undefined) open(id);
  };
  canvas.onpointercancel = ({ pointerId }) => fingers.delete(pointerId);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  const keys: Record<string, () => void> = {
    ArrowLeft: () => {
      pan(60, 0);
    },
    ArrowRight: () => {
      pan(-60, 0);
    },
    ArrowUp: () => {
      pan(0, 60);
    },
    ArrowDown: () => {
      pan(0, -60);
    },
    '+': () => {
      zoom(1.3);
    },
    '-': () => {
      zoom(1 / 1.3);
    },
    Enter: () => {
      const id = photoAt(canvas.clientWidth / 2, canvas.clientHeight / 2, Infinity);
      if (id !== undefined) open(id);
    },
  };
  canvas.onkeydown = (event) => {
    const act = keys[event.key === '=' ? '+' : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  byId('zoom-in', HTMLButtonElement).onclick = () => {
    zoom(1.5);
  };
  byId('zoom-out', HTMLButtonElement).onclick = () => {
    zoom(1 / 1.5);
  };
  new ResizeObserver(redraw).observe(canvas);
}
