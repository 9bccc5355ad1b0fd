import { openPhoto } from '../photos/open-photo';

/** A thumbnail's size, in pixels: enough for tiles up to 320 CSS pixels wide. */
export const thumbnailSize = { width: 320, height: 240 } as const;

/**
 * A small JPEG of a photo as a `data:` URI, about 15 kB: it shows in JupyterLab, in VS Code and in a saved notebook,
 * where a relative address may not. Cut by sharp to one size, because notebooks that are not trusted
 * lose the style that would do it (`object-fit`). The centre is kept: it is what CLIP looks at.
 *
 * @param file a photo's absolute path
 * @throws Error if the file cannot be read as a picture
 */
export async function thumbnail(file: string): Promise<string> {
  // The upload's limit has let it in.
  const { image } = await openPhoto(file, { limitPixels: Infinity });
  const jpeg = await image
    .resize({ ...thumbnailSize, fit: 'cover' })
    .jpeg({ quality: 76 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
