import { inspect } from 'node:util';

/** What is shown of a vector: `Float32Array(512) [0.012, -0.034, 0.008, …] ‖1.000‖`, with its length at the end. */
export function describeVector(vector: Float32Array): string {
  const first = Array.from(vector.subarray(0, 3), (value) => value.toFixed(3)).join(', ');
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return `Float32Array(${vector.length}) [${first}, …] ‖${length.toFixed(3)}‖`;
}

/** The same vector, which a cell now prints in one line instead of a hundred numbers. */
export function readableVector(vector: Float32Array): Float32Array {
  return Object.defineProperty(vector, inspect.custom, { value: () => describeVector(vector) });
}
