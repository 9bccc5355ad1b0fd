import { WorkshopError } from '../errors';
import type { SkippedPhoto } from '../photos';

/** What an upload did. */
export interface UploadReport {
  /** New in the index. */
  indexed: number;
  /** There already, with this content and this credit. */
  unchanged: number;
  /** There already, but with another content, credit or model. */
  replaced: number;
  /** Renamed since the last upload: their stored vectors were used again. */
  moved: number;
  /** Taken out of the index. */
  removed: number;
  /** Photos that are in the index although something is wrong with them. */
  warnings: SkippedPhoto[];
  /** Photos that can't be read, each with what is wrong with it. */
  skipped: SkippedPhoto[];
  /** Photos that OpenSearch refused, each with its reason. */
  dropped: SkippedPhoto[];
  /** How long it took. */
  seconds: number;
}

/** An upload that OpenSearch did not take whole. What it took is in the index; `report` has all of it. */
export class UploadError extends WorkshopError {
  override name = 'UploadError';

  constructor(
    message: string,
    readonly report: UploadReport,
  ) {
    super(message);
  }
}

/** The error for an upload whose report has dropped photos. */
export function droppedError(report: UploadReport, there: string): UploadError {
  const { dropped } = report;
  const lines = photoLines(dropped).map((line) => `\n  ${line}`);
  return new UploadError(
    `OpenSearch did not take ${dropped.length} photo${dropped.length === 1 ? '' : 's'}; ${there}. ` +
      `Run it again: it tries the others once more.${lines.join('')}`,
    report,
  );
}

/** How many names stand in a message before it says "and 12 more". */
const mostNames = 10;

/** The report as a short table of text, followed by a line for each photo that is not in the index. */
export function uploadTable(report: UploadReport): string {
  const { skipped, dropped, seconds } = report;
  const counts = Object.entries({
    indexed: report.indexed,
    unchanged: report.unchanged,
    replaced: report.replaced,
    moved: report.moved,
    removed: report.removed,
    skipped: skipped.length,
    dropped: dropped.length,
  }).filter(([outcome, count]) => count > 0 || outcome === 'indexed' || outcome === 'unchanged');
  const width = Math.max(...counts.map(([, count]) => String(count).length));
  const lines = counts.map(
    ([outcome, count]) => `${outcome.padEnd(10)}${String(count).padStart(width)}`,
  );
  return [
    ...lines,
    `in ${seconds.toFixed(1)} s`,
    ...photoLines(report.warnings).map((line) => `warning: ${line}`),
    ...skippedLines(skipped),
    ...photoLines(dropped).map((line) => `dropped: ${line}`),
  ].join('\n');
}

/** A line for each photo that was skipped; one for all that share a reason. */
export function skippedLines(skipped: SkippedPhoto[]): string[] {
  return photoLines(skipped).map((line) => `skipped: ${line}`);
}

/** A line for each photo with its reason; one line for all that share a reason. */
function photoLines(photos: SkippedPhoto[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { imageUrl, reason } of photos) {
    const names = byReason.get(reason) ?? [];
    byReason.set(reason, names);
    // One line a photo, whatever its name holds.
    names.push(JSON.stringify(imageUrl).slice(1, -1));
  }
  const lines = [...byReason].map(([reason, names]) => {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}: ${reason}`;
  });
  const left = lines.length - mostNames;
  return left > 0 ? [...lines.slice(0, mostNames), `and ${left} more problems`] : lines;
}
