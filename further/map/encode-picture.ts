import sharp from 'sharp';

/** As base64 that is 600 kB. */
const largestBytes = 450_000;

/**
 * Raw pixels with an SVG on top as a WebP picture of at most 450 kB.
 *
 * @param pixels [height, width, 3] bytes
 */
export async function encodePicture(
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
