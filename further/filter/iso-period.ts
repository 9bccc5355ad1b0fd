/** The first moment of a year: what a shorter date is filled up with. */
const yearBegins = '0000-01-01T00:00:00';

/** How long a date of so many characters lasts, in seconds: a day, a minute, a second. */
const secondsOf: Record<number, number> = { 10: 86_400, 16: 60, 19: 1 };

/**
 * The stretch of time that an ISO 8601 date stands for: `2024-02` is all of February 2024. Without a time zone, as most
 * cameras write their dates.
 *
 * @param date `2024`, `2024-02`, `2024-02-29`, `2024-02-29T18:20` or `2024-02-29T18:20:07`
 * @returns its first and its last second, or undefined if there is no such date
 */
export function isoPeriod(date: string): { first: string; last: string } | undefined {
  if (!/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?)?$/.test(date)) return undefined;
  const first = new Date(`${date}${yearBegins.slice(date.length)}Z`);
  // The 30th of February would become a day in March.
  if (Number.isNaN(first.getTime()) || !first.toISOString().startsWith(date)) return undefined;

  const next = new Date(first);
  if (date.length === 4) next.setUTCFullYear(first.getUTCFullYear() + 1);
  else if (date.length === 7) next.setUTCMonth(first.getUTCMonth() + 1);
  else next.setTime(first.getTime() + 1000 * (secondsOf[date.length] ?? 1));
  return { first: toSecond(first), last: toSecond(new Date(next.getTime() - 1000)) };
}

function toSecond(time: Date): string {
  return time.toISOString().slice(0, 19);
}
