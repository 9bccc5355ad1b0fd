import { loadClip } from '../../lib/clip';
import { embedPhotos } from '../../lib/embed-photos';
import { builtInFolder } from '../../clip-model/built-in-model';
import { folderIdentity } from '../../clip-model/folder-identity';
import { findPhotos } from '../../lib/photos';

/** Vectors of all photos in a folder, by the built-in model: [count, 512], each of length 1. */
export async function realVectors(folder: string): Promise<Float32Array[]> {
  const { photos } = await findPhotos(folder);
  const identity = await folderIdentity(builtInFolder);
  const clip = await loadClip({ folder: builtInFolder, identity });
  const vectors: Float32Array[] = [];
  try {
    for await (const embedded of embedPhotos(clip, photos)) {
      if ('vector' in embedded) vectors.push(embedded.vector);
    }
  } finally {
    await clip.dispose();
  }
  return vectors;
}
