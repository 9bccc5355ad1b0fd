import type { BulkOperation } from './bulk-request';
import type { BulkOutcome } from './bulk-send';
import type { WrittenPhoto } from './lost-photos';
import type { UploadReport } from './report';

/** A line of an upload's bulk requests: a document of a photo, or the removal of one whose file is gone. */
export type UploadOperation = BulkOperation & { imageUrl: string } & (
    | { written: WrittenPhoto }
    /** What a rename leaves behind counts as nothing. */
    | { removed: boolean }
  );

/** What an upload has done so far. */
export interface UploadTally {
  report: UploadReport;
  /** What OpenSearch said it took, without the documents themselves. */
  written: WrittenPhoto[];
  /** Contents that are in the index under the name of a file that is there. */
  kept: Set<string>;
  /** Whether further requests would fare no better. */
  gaveUp: boolean;
}

/** An empty tally. */
export function newTally(): UploadTally {
  const counts = { indexed: 0, unchanged: 0, replaced: 0, moved: 0, removed: 0 };
  return {
    report: { ...counts, warnings: [], skipped: [], dropped: [], seconds: 0 },
    written: [],
    kept: new Set(),
    gaveUp: false,
  };
}

/** How many of the upload's photos are in the index. */
export function inIndex({ indexed, unchanged, replaced, moved }: UploadReport): number {
  return indexed + unchanged + replaced + moved;
}

/** Enters what became of a request's operations. */
export function settle(
  tally: UploadTally,
  { taken, refused, gaveUp }: BulkOutcome<UploadOperation>,
): void {
  const { report, written, kept } = tally;
  tally.gaveUp ||= gaveUp;
  for (const operation of taken) {
    if ('written' in operation) {
      report[operation.written.counts]++;
      written.push(operation.written);
      kept.add(operation.written.sha256);
    } else if (operation.removed) report.removed++;
  }
  for (const { operation, reason } of refused) {
    report.dropped.push({ imageUrl: operation.imageUrl, reason });
  }
}
