/** Squares in a row of the picture. */
const columns = 64;
/** Side of a square, in pixels. */
const square = 10;

/** Blue for the most negative value, red for the most positive one, near white for zero. */
function colour(value: number, largest: number): [number, number, number] {
  const strength = Math.abs(value) / largest;
  const fade = Math.round(245 * (1 - strength));
  return value < 0 ? [fade, Math.round(fade + 90 * strength), 245] : [245, fade, fade];
}

/**
 * A vector as a picture, an `<img>` with one small square for each number, in rows of 64.
 *
 * @param vector [dimension]
 */
export async function vectorPicture(vector: Float32Array): Promise<string> {
  const rows = Math.ceil(vector.length / columns);
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), Number.EPSILON);
  const pixels = Buffer.alloc(columns * rows * 3, 245);
  vector.forEach((value, position) => {
    pixels.set(colour(value, largest), position * 3);
  });
  const { default: sharp } = await import('sharp');
  const png = await sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(columns * square, rows * square, { kernel: 'nearest' })
    .png({ palette: true })
    .toBuffer();
  const alt = `A vector of ${vector.length} numbers, one square each: blue below zero, red above`;
  return (
    `<img src="data:image/png;base64,${png.toString('base64')}" alt="${alt}" width="${columns * square}" height="${rows * square}" ` +
    `style="display:block;max-width:100%;height:auto;margin:4px 0;border-radius:6px">`
  );
}
