import type { SkippedPhoto } from '../photos';

/** How many lines are written before "and 12 more problems". */
const mostLines = 10;

/** A line for each photo with its reason; one line for all that share a reason. */
export function problemLines(photos: readonly SkippedPhoto[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { imageUrl, reason } of photos) {
    // One line a photo, whatever its name holds.
    const name = JSON.stringify(imageUrl).slice(1, -1);
    const names = byReason.get(reason);
    if (names) names.push(name);
    else byReason.set(reason, [name]);
  }
  const lines = [...byReason].map(([reason, names]) => {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}: ${reason}`;
  });
  const left = lines.length - mostLines;
  return left > 0 ? [...lines.slice(0, mostLines), `and ${left} more problems`] : lines;
}
