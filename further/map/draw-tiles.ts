import os from 'node:os';
import sharp from 'sharp';
import { mapAhead } from '../../lib/photo/map-ahead';
import { openPhoto } from '../../lib/open-photo';
import { photoFile } from '../../lib/photos';

/** A tile in pixels, and the photo on it; without a file, or with one that can't be read, the tile is grey. */
interface Tile {
  image_url: string | undefined;
  left: number;
  top: number;
  side: number;
}

interface DrawTilesOptions {
  /** The folder that the photos' `image_url` is looked up in. */
  photosDir: string;
  /** Most pixels of a photo, see `openPhoto`. */
  limitPixels?: number;
  width: number;
  height: number;
  signal?: AbortSignal;
}

/** Near black with a touch of blue: thumbnails stand out on it, on a light page as on a dark one. */
export const background = { r: 22, g: 25, b: 31 };
const missing = { r: 92, g: 98, b: 107 };

/**
 * Draws photos, cut to squares, side by side on a dark ground.
 *
 * @returns [height, width, 3] bytes, and how many tiles are grey
 */
export async function drawTiles(
  tiles: readonly Tile[],
  { photosDir, limitPixels, width, height, signal }: DrawTilesOptions,
): Promise<{ pixels: Buffer; grey: number }> {
  const pixels = await plain(width, height, background);
  let grey = 0;
  const draw = async (tile: Tile) => {
    const photo = await square(tile, { photosDir, limitPixels }).catch(() => undefined);
    return { ...tile, photo };
  };
  const ahead = 2 * os.availableParallelism();
  for await (const { left, top, side, photo } of mapAhead(tiles, draw, { ahead, signal })) {
    if (!photo) grey++;
    const square = photo ?? (await plain(side, side, missing));
    for (let row = 0; row < side; row++) {
      square.copy(pixels, 3 * ((top + row) * width + left), 3 * row * side, 3 * (row + 1) * side);
    }
  }
  return { pixels, grey };
}

/** The middle of a photo, which is what CLIP looks at: [side, side, 3] bytes. */
async function square(
  { image_url, side }: Tile,
  { photosDir, limitPixels }: Pick<DrawTilesOptions, 'photosDir' | 'limitPixels'>,
): Promise<Buffer | undefined> {
  const file = await photoFile(photosDir, image_url);
  if (file === undefined) return undefined;
  const { image } = await openPhoto(file, { limitPixels });
  return image.resize(side, side, { fit: 'cover' }).toColourspace('srgb').removeAlpha().raw().toBuffer();
}

function plain(width: number, height: number, colour: typeof background): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .raw()
    .toBuffer();
}
