/**
 * The dot product of two vectors: for vectors of length 1 it is the cosine of the angle between them.
 *
 * @param a [dimension]
 * @param b [dimension]
 */
export function dotProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
