import type { BulkOperation } from './bulk-request';
import type { BulkOutcome } from './bulk-send';
import type { Photo } from '../photos';
import type { Progress } from '../progress';
import type { UploadReport } from './report';

/** A line of an upload's bulk requests. */
export interface UploadOperation extends BulkOperation {
  imageUrl: string;
  /** Of the photo's content. */
  sha256: string;
  /** What it counts as; taking out the old document of a renamed photo counts as nothing. */
  counts?: 'indexed' | 'replaced' | 'moved' | 'removed';
  /** The `_id` that the photo had before it was renamed. */
  movedFrom?: string;
}

/** Keeps count of an upload and shows it. */
export interface UploadTally {
  report: UploadReport;
  /** Contents that are in the index under the name of a file that is there. */
  kept: ReadonlySet<string>;
  /** The `_id`s of documents that renamed photos had before. */
  movedFrom: ReadonlySet<string>;
  /** How many of the upload's photos are in the index. */
  inIndex: () => number;
  unchanged: (sha256: string) => void;
  skip: (photo: Photo, reason: string) => void;
  settle: (outcome: BulkOutcome<UploadOperation>) => void;
  /** Shows a message in place of the counts, until the next one. */
  notice: (message: string) => void;
}

/** @param progress where the counts are shown */
export function openUploadTally(progress: Progress): UploadTally {
  const report: UploadReport = {
    indexed: 0,
    unchanged: 0,
    replaced: 0,
    moved: 0,
    removed: 0,
    skipped: [],
    dropped: [],
    seconds: 0,
  };
  const { skipped, dropped } = report;
  const kept = new Set<string>();
  const movedFrom = new Set<string>();
  const inIndex = () => report.indexed + report.unchanged + report.replaced + report.moved;
  const notice = (message: string | undefined) => {
    progress.update(inIndex() + skipped.length + dropped.length, message);
  };
  const show = () => {
    notice(skipped.length > 0 ? `${skipped.length} skipped` : undefined);
  };
  return {
    report,
    kept,
    movedFrom,
    inIndex,
    notice,
    unchanged(sha256) {
      report.unchanged++;
      kept.add(sha256);
      show();
    },
    skip({ imageUrl }, reason) {
      skipped.push({ imageUrl, reason });
      show();
    },
    settle({ taken, refused }) {
      for (const operation of taken) {
        if (operation.counts) report[operation.counts]++;
        if (operation.document !== undefined) kept.add(operation.sha256);
        if (operation.movedFrom !== undefined) movedFrom.add(operation.movedFrom);
      }
      for (const { operation, reason } of refused) {
        dropped.push({ imageUrl: operation.imageUrl, reason });
      }
      show();
    },
  };
}
