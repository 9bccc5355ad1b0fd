import { textTable } from '../../console/text-table';
import type { Duplicates } from './duplicates';
import { nearGroups } from './groups';

/** From "the same photo, saved again" down to "a similar scene"; which is which depends on the model. */
export const usualThresholds = [0.999, 0.995, 0.99, 0.98, 0.95, 0.9] as const;

/**
 * What each threshold would call a duplicate, as a table of text: pairs, the groups that they make, the photos in
 * these groups, and the largest group. A `+` says that there may be more, see `completeFrom`.
 */
export function thresholdTable(
  { near, completeFrom }: Pick<Duplicates, 'near' | 'completeFrom'>,
  thresholds: readonly number[] = usualThresholds,
): string {
  const rows = thresholds.map((threshold) => {
    const pairs = near.filter(({ cosine }) => cosine >= threshold).length;
    const groups = nearGroups(near, threshold);
    const photos = groups.reduce((sum, group) => sum + group.length, 0);
    const largest = groups[0]?.length ?? 0;
    const more = threshold < completeFrom ? '+' : '';
    return [String(threshold), `${pairs}${more}`, ...[groups.length, photos, largest].map(String)];
  });
  const table = [['cosine from', 'pairs', 'groups', 'photos', 'largest group'], ...rows];
  return textTable(table, ['right']);
}
