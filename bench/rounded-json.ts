/** Indented JSON with four digits of each number: they say all that was measured. */
export function roundedJson(value: unknown): string {
  const rounded = (part: unknown) =>
    typeof part === 'number' && !Number.isInteger(part) ? Number(part.toPrecision(4)) : part;
  return JSON.stringify(value, (_, part: unknown) => rounded(part), 2);
}
