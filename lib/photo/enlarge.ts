import type { ClipInput } from '../model/clip-input';

type Size = ClipInput['crop'];

/** For each pixel of a resized line: which pixels of the original count, and how much. */
type Neighbours = { first: number; weights: number[] }[];

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** PIL's interpolations: weight of a pixel by its distance, and how far they reach. Cubic is Keys' with a = -0.5. */
const interpolations = {
  nearest: { reach: 0.5, weight: () => 1 },
  linear: { reach: 1, weight: (x: number) => 1 - x },
  cubic: {
    reach: 2,
    weight: (x: number) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
  lanczos3: { reach: 3, weight: (x: number) => sinc(x) * sinc(x / 3) },
};

/**
 * Resizes a picture exactly as PIL does and cuts a piece out of the result. It is for small pictures that are to
 * become larger: libvips, which shrinks well and fast, moves what it enlarges by half a pixel.
 *
 * @param bytes red, green and blue, pixel after pixel: [from.height, from.width, 3]
 * @param cut the piece of the resized picture that is wanted
 * @returns [cut.height, cut.width, 3]
 */
export function enlarge(
  bytes: Uint8Array,
  from: Size,
  to: Size,
  cut: Size & { left: number; top: number },
  kernel: ClipInput['kernel'],
): Uint8Array {
  const columns = neighbours(from.width, to.width, cut.left, cut.width, kernel);
  const rows = neighbours(from.height, to.height, cut.top, cut.height, kernel);
  // Along the rows first, rounded to bytes, then along the columns: as PIL does. Only the rows that count are widened.
  const top = rows.reduce((least, { first }) => Math.min(least, first), from.height);
  const bottom = rows.reduce((most, { first, weights }) => Math.max(most, first + weights.length), 0);
  const widened = new Uint8ClampedArray((bottom - top) * cut.width * 3);
  for (let y = top, to = 0; y < bottom; y++) {
    for (const { first, weights } of columns) {
      for (let colour = 0; colour < 3; colour++) {
        widened[to++] = weightedSum(bytes, (y * from.width + first) * 3 + colour, 3, weights);
      }
    }
  }
  const result = new Uint8ClampedArray(cut.height * cut.width * 3);
  const rowLength = cut.width * 3;
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < rowLength; x++) {
      result[y * rowLength + x] = weightedSum(widened, (first - top) * rowLength + x, rowLength, weights);
    }
  });
  return new Uint8Array(result.buffer);
}

function weightedSum(values: Uint8Array | Uint8ClampedArray, start: number, step: number, weights: number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (values[start + i * step] ?? 0) * (weights[i] ?? 0);
  return sum;
}

/**
 * As `precompute_coeffs` in PIL's `Resample.c`. Where a side shrinks, more pixels count: that avoids aliasing.
 *
 * @returns for `count` pixels of the resized line, from number `start` on
 */
function neighbours(from: number, to: number, start: number, count: number, kernel: ClipInput['kernel']): Neighbours {
  const { reach, weight } = interpolations[kernel];
  const scale = from / to;
  const spread = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach * spread + 0.5));
    const end = Math.min(from, Math.floor(centre + reach * spread + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) => weight(Math.abs(first + k + 0.5 - centre) / spread));
    const total = weights.reduce((sum, value) => sum + value, 0);
    return { first, weights: weights.map((value) => value / total) };
  });
}
