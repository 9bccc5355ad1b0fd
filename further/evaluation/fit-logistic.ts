import { dotProduct } from '../dot-product';
import { mean } from '../mean';

/** A logistic regression: what is added, and each figure's weight. */
interface Logistic {
  bias: number;
  weights: number[];
}

/** How far weights are held down, per standard deviation of a figure: few queries must not be learned by heart. */
const penalty = 1;
const steps = 50;

/**
 * Fits `P(yes) = 1 / (1 + e^-(bias + weights · figures))` by Newton's method with a ridge penalty on the weights of the
 * standardised figures (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4).
 *
 * @param figures [examples, figures]
 * @param yes [examples]
 */
export function fitLogistic(figures: readonly (readonly number[])[], yes: readonly boolean[]): Logistic {
  const count = figures[0]?.length ?? 0;
  const column = (at: number) => figures.map((row) => row[at] ?? NaN);
  const scales = Array.from({ length: count }, (_, at) => {
    const values = column(at);
    const middle = mean(values);
    return { mean: middle, sd: Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) || 1 };
  });
  const rows = figures.map((row) => [
    1,
    ...row.map((value, at) => (value - (scales[at]?.mean ?? NaN)) / (scales[at]?.sd ?? NaN)),
  ]);
  let beta = Array<number>(count + 1).fill(0);
  for (let step = 0; step < steps; step++) {
    const gradient = beta.map((value, at): number => (at === 0 ? 0 : -penalty * value));
    const hessian = beta.map((_, i) => beta.map((_, j): number => (i === j && i > 0 ? penalty : 0)));
    rows.forEach((row, at) => {
      const p = 1 / (1 + Math.exp(-dotProduct(row, beta)));
      row.forEach((x, i) => {
        gradient[i] = (gradient[i] ?? NaN) + x * (Number(yes[at]) - p);
        const line = hessian[i] ?? [];
        row.forEach((y, j) => (line[j] = (line[j] ?? NaN) + p * (1 - p) * x * y));
      });
    });
    const change = solve(hessian, gradient);
    beta = beta.map((value, at) => value + (change[at] ?? NaN));
  }
  const [intercept = NaN, ...standard] = beta;
  const weights = standard.map((value, at) => value / (scales[at]?.sd ?? NaN));
  const means = scales.map(({ mean }) => mean);
  return { bias: intercept - dotProduct(weights, means), weights };
}

/** Gauss-Jordan elimination, for a symmetric positive definite matrix. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? NaN]);
  rows.forEach((pivotRow, at) => {
    const pivot = pivotRow[at] ?? NaN;
    pivotRow.forEach((value, j) => (pivotRow[j] = value / pivot));
    rows.forEach((row, i) => {
      if (i === at) return;
      const factor = row[at] ?? NaN;
      row.forEach((value, j) => (row[j] = value - factor * (pivotRow[j] ?? NaN)));
    });
  });
  return rows.map((row) => row.at(-1) ?? NaN);
}
