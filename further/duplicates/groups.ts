import type { PhotoHit } from '../../lib/search';
import type { NearPair, Duplicates } from './duplicates';
import { textTable } from '../../console/text-table';

/**
 * The groups that pairs of at least `threshold` make: photos that are linked by such a pair, directly or by way of
 * others, so two photos of a large group may be rather unlike.
 *
 * @param pairs most alike first
 * @param threshold cosine, -1 to 1
 * @returns largest group first; each photo with the cosine of its nearest other in the group
 */
export function nearGroups(pairs: readonly NearPair[], threshold: number): PhotoHit[][] {
  const groupOf = new Map<string, PhotoHit[]>();
  for (const { photos, cosine } of pairs) {
    if (cosine < threshold) continue;
    const [one, other] = photos.map((photo) => {
      const group = groupOf.get(photo.id) ?? [{ ...photo, cosine }];
      groupOf.set(photo.id, group);
      return group;
    });
    if (!one || !other || one === other) continue;
    const [small, large] = one.length < other.length ? [one, other] : [other, one];
    for (const photo of small) {
      large.push(photo);
      groupOf.set(photo.id, large);
    }
  }
  const groups = [...new Set(groupOf.values())];
  for (const group of groups) group.sort((a, b) => b.cosine - a.cosine);
  return groups.sort((a, b) => b.length - a.length);
}

/** For each photo that has copies, in pairs of at least `threshold` or byte for byte: a name that all of them share. */
export function copyNames({ identical, near }: Duplicates, threshold: number): Map<string, string> {
  const names = new Map<string, string>();
  for (const group of [...nearGroups(near, threshold), ...identical]) {
    const [name] = group.map(({ id }) => names.get(id) ?? id);
    for (const { id } of group) names.set(id, name ?? id);
  }
  return names;
}

/** From "the same photo, saved again" down to "a similar scene"; which is which depends on the model. */
const usualThresholds = [0.999, 0.995, 0.99, 0.98, 0.95, 0.9] as const;

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
