import { formatBytes, formatSeconds } from './units';
import { escapeHtml, noLatex } from '../lib/html';

/** What a progress line tells at one moment. */
export interface ProgressState {
  label: string;
  /** `steps` differ in length, so no rate is shown. */
  unit: 'photos' | 'bytes' | 'steps';
  done: number;
  /** Left out while it is not known. */
  total?: number;
  /** Units per second, on average since the start. */
  rate: number;
  /** Something to add at the end of the line, such as "2 skipped". */
  note?: string;
}

/** The part of a progress line that stands right of the bar: `34 of 66 · 36 photos/s · 1 s left · 2 skipped`. */
export function progressText({ unit, done, total, rate, note }: ProgressState): string {
  const amount = (value: number) => (unit === 'bytes' ? formatBytes(value) : String(value));
  const parts = [total === undefined ? amount(done) : `${amount(done)} of ${amount(total)}`];
  if (rate > 0 && unit !== 'steps') {
    parts.push(unit === 'bytes' ? `${formatBytes(Math.round(rate))}/s` : `${rate.toFixed(rate < 10 ? 1 : 0)} photos/s`);
    if (total !== undefined && done < total) parts.push(`${formatSeconds((total - done) / rate)} left`);
  }
  if (note) parts.push(note);
  return parts.join(' · ');
}

/** The share that is done, 0 to 1; 0 while the total is unknown. */
function share({ done, total }: ProgressState): number {
  return total ? Math.min(1, done / total) : 0;
}

const barWidth = 24;

/** A progress line for a terminal: `Photos  ████████░░░░  34 of 66 · 36 photos/s · 1 s left`. */
export function progressTerminalLine(state: ProgressState): string {
  const filled = Math.round(share(state) * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return `${state.label}  ${bar}  ${progressText(state)}`;
}

/** The same for a notebook: inline styles only, and colours that work on light and dark themes alike. */
export function progressHtml(state: ProgressState): string {
  const percent = (share(state) * 100).toFixed(1);
  return (
    `<div ${noLatex} style="display:flex;flex-wrap:wrap;align-items:center;gap:4px 12px;padding:2px 0;` +
    `font:14px/1.4 system-ui,sans-serif;font-variant-numeric:tabular-nums">` +
    `<span style="font-weight:600">${escapeHtml(state.label)}</span>` +
    `<div role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${percent}" aria-label="${escapeHtml(state.label)}" ` +
    `style="width:180px;height:8px;border-radius:4px;overflow:hidden;background:rgba(128,128,128,.2)">` +
    `<div style="width:${percent}%;height:8px;border-radius:4px;background:#2f81f7"></div></div>` +
    `<span>${escapeHtml(progressText(state))}</span></div>`
  );
}
