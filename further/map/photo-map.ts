import type { Client } from '@opensearch-project/opensearch';
import sharp from 'sharp';
import { escapeHtml, noLatex, shorten } from '../../lib/html';
import { PhotoSearchError } from '../../lib/errors';
import { drawTiles } from './draw-tiles';
import { arrange } from './arrange';
import { marksSvg } from './marks';
import { photoPoints } from './photo-points';
import type { PhotoHit } from '../../lib/search';

export interface PhotoMapOptions {
  index: string;
  /** The folder that the photos' `image_url` is looked up in. */
  photosDir: string;
  /** What was asked, in words, and what was found: both are marked on the map. */
  query?: string;
  hits?: readonly PhotoHit[];
  /** Most photos on the map, 1 to 20,000; of more, this many are drawn at random, the hits among them. @default 2000 */
  limit?: number;
  /** Most pixels of a photo, see `openPhoto`. */
  limitPixels?: number;
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** With more, a photo would be 4 pixels wide or less. */
const mostPhotos = 20_000;

/**
 * A map of the photos in `index` as HTML, similar ones close together: one picture of at most 600 kB, 800 pixels wide.
 * The same photos and hits give the same picture, byte for byte.
 *
 * The query stands in the middle of its hits. UMAP could be asked for a place of its own for it, but for a text that
 * would be an invention: CLIP's texts and photos lie in two separate regions of the space (the modality gap: Liang et
 * al., "Mind the Gap", arXiv 2203.02053), so a text is far from all photos and truly among none of them.
 *
 * @throws PhotoSearchError if `limit` is out of range or there is no such index; the signal's reason once that is aborted
 */
export async function photoMap(
  client: Client,
  { index, photosDir, query = '', hits = [], limit = 2000, limitPixels, signal }: PhotoMapOptions,
): Promise<string> {
  if (!Number.isInteger(limit) || limit < 1 || limit > mostPhotos) {
    throw new PhotoSearchError(`limit is ${limit}: a map has 1 to 20,000 photos.`);
  }
  const always = hits.map(({ id }) => id);
  const { photos, points, total } = await photoPoints(client, { index, limit, always, signal });
  if (photos.length === 0) return '<div>No photos found. Is the index empty?</div>';

  const found = always.map((id) => photos.findIndex((photo) => photo.id === id)).filter((i) => i >= 0);
  const { width, height, squares, query: queryTile } = arrange(points, found);
  const tiles = squares.map((square, i) => ({ ...square, image_url: photos[i]?.image_url }));
  const { pixels, grey } = await drawTiles(tiles, { photosDir, limitPixels, width, height, signal });
  const svg =
    queryTile &&
    marksSvg(
      found.flatMap((i) => squares[i] ?? []),
      queryTile,
      { width, height },
    );
  const picture = await encodePicture(pixels, { width, height, svg });

  const titles = found.map((i) => hits.find(({ id }) => id === photos[i]?.id)).map(nameOf);
  const drawn = photos.length < total ? ` of ${total} photos, drawn at random` : ' photos';
  const what = total === 1 ? '1 photo' : `${photos.length}${drawn}, similar ones close together`;
  const asked = query === '' ? '' : ` for “${query}”`;
  const alt = `Map: ${what}${titles.length > 0 ? `; found${asked}: ${titles.join(', ')}` : ''}`;
  return (
    `<figure ${noLatex} style="margin:0;padding:4px 0 8px;font:14px/1.4 system-ui,sans-serif">` +
    `<img src="data:image/webp;base64,${picture.toString('base64')}" alt="${escapeHtml(alt)}" ` +
    `width="${Math.round(width / 2)}" height="${Math.round(height / 2)}" style="display:block;max-width:100%;height:auto;margin:0;border-radius:10px">` +
    `<figcaption style="max-width:800px;padding:8px 2px 0;text-align:left">${caption()}</figcaption></figure>`
  );

  function caption(): string {
    const sentences = [`${what}.`];
    if (found.length > 0) {
      sentences.push(
        `Framed: the hits${query === '' ? '' : ` for <b>${escapeHtml(query)}</b>`}, numbered by rank.`,
        'The magnifying glass marks the middle of them: a text has no place of its own among photos.',
      );
    }
    if (grey > 0) sentences.push(`Grey: ${grey} whose file is missing or can't be read.`);
    return sentences.join(' ');
  }
}

function nameOf(hit: PhotoHit | undefined): string {
  return shorten(hit?.title ?? hit?.image_url ?? hit?.id ?? '');
}

/** As base64 that is 600 kB. */
const largestBytes = 450_000;

/**
 * Raw pixels with an SVG on top as a WebP picture of at most 450 kB.
 *
 * @param pixels [height, width, 3] bytes
 */
async function encodePicture(
  pixels: Buffer,
  { width, height, svg }: { width: number; height: number; svg?: Buffer },
): Promise<Buffer> {
  // Two steps: sharp would lay the SVG on only after all else.
  const raw = { width, height, channels: 3 } as const;
  const drawn = svg
    ? await sharp(pixels, { raw })
        .composite([{ input: svg }])
        .removeAlpha()
        .raw()
        .toBuffer()
    : pixels;
  for (let quality = 80; ; quality -= 15) {
    const picture = await sharp(drawn, { raw }).webp({ quality, smartSubsample: true }).toBuffer();
    if (picture.length <= largestBytes || quality <= 20) return picture;
  }
}
