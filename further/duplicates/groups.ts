import type { PhotoHit } from '../../lib/search';
import type { NearPair } from './duplicates';

/**
 * The groups that pairs of at least `threshold` make: photos that are linked by such a pair, directly or by way of
 * others, so that two photos of a large group may be rather unlike.
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
