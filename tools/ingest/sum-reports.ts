import type { UploadReport } from '../../lib/upload';

/** What several uploads did, as one; they took as long as the longest. */
export function sumReports(reports: readonly UploadReport[]): UploadReport {
  const sum = (count: 'indexed' | 'unchanged' | 'replaced' | 'moved' | 'removed') =>
    reports.reduce((total, report) => total + report[count], 0);
  return {
    indexed: sum('indexed'),
    unchanged: sum('unchanged'),
    replaced: sum('replaced'),
    moved: sum('moved'),
    removed: sum('removed'),
    warnings: reports.flatMap(({ warnings }) => warnings),
    skipped: reports.flatMap(({ skipped }) => skipped),
    dropped: reports.flatMap(({ dropped }) => dropped),
    seconds: Math.max(0, ...reports.map(({ seconds }) => seconds)),
  };
}
