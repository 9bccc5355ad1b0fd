import { problemLines } from '../lib/opensearch/problem-lines';
import type { UploadReport } from '../lib/upload';

/** The report as a short table of text, then its warnings, and what was skipped or dropped: a line for each reason. */
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
  const lines = counts.map(([outcome, count]) => `${outcome.padEnd(10)}${String(count).padStart(width)}`);
  return [
    ...lines,
    `in ${seconds.toFixed(1)} s`,
    ...problemLines(report.warnings).map((line) => `warning: ${line}`),
    ...problemLines(skipped).map((line) => `skipped: ${line}`),
    ...problemLines(dropped).map((line) => `dropped: ${line}`),
  ].join('\n');
}
