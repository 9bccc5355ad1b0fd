import path from 'node:path';
import sharp from 'sharp';
import { loadClip } from '../../lib/clip';
import { PhotoSearchError } from '../../lib/errors';
import { builtInFolder } from '../../clip-model/built-in-model';
import { folderIdentity } from '../../clip-model/folder-identity';
import { findPhotos } from '../../lib/photos';
import { openPhoto } from '../../lib/open-photo';
import { readPixels } from '../../lib/pixels';
import { seededRandom, shuffled } from '../../further/seeded-random';
import { repositoryRoot } from '../../workshop/settings';

/** Enough for the model, which takes 224 or fewer. */
const shorterSide = 512;

interface EmbedCropsOptions {
  count: number;
  texts: string[];
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

/**
 * Cuts parts out of the workshop's photos and turns them into vectors with the built-in model, as well as texts.
 *
 * @returns [count, 512] and [texts, 512], the same each time
 * @throws the signal's reason once that is aborted
 */
export async function embedCrops({
  count,
  texts,
  signal,
  onProgress,
}: EmbedCropsOptions): Promise<{ crops: Float32Array[]; texts: Float32Array[] }> {
  const { photos } = await findPhotos(path.join(repositoryRoot, 'photos'));
  const clip = await loadClip({ folder: builtInFolder, identity: await folderIdentity(builtInFolder) });
  const random = seededRandom(1);
  const crops: Float32Array[] = [];
  try {
    for (const [i, photo] of photos.entries()) {
      const { image } = await openPhoto(photo.path);
      const resized = await image
        .resize({ width: shorterSide, height: shorterSide, fit: 'outside' })
        .png({ compressionLevel: 0 })
        .toBuffer({ resolveWithObject: true });
      // As many of each photo as of any other, give or take one.
      const upTo = Math.round(((i + 1) * count) / photos.length);
      while (crops.length < upTo) {
        signal.throwIfAborted();
        const crop = await cutPart(resized.data, resized.info, random);
        const [vector] = await clip.embedPixels([await readPixels(crop, clip.input)]);
        if (!vector) throw new PhotoSearchError(`${photo.path} has no vector.`);
        crops.push(vector);
        onProgress(crops.length);
      }
    }
    return { crops: shuffled(crops, random), texts: await clip.embedTexts(texts) };
  } finally {
    await clip.dispose();
  }
}

/** 30 to 80 % of each side. */
async function cutPart(
  picture: Buffer,
  { width, height }: { width: number; height: number },
  random: () => number,
): Promise<Uint8Array> {
  const side = (length: number) => Math.round(length * (0.3 + 0.5 * random()));
  const cut = { width: side(width), height: side(height) };
  const left = Math.floor(random() * (width - cut.width));
  const top = Math.floor(random() * (height - cut.height));
  return sharp(picture)
    .extract({ ...cut, left, top })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
