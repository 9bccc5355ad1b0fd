import type { Clip } from '../../lib/clip';
import { seededRandom } from '../seeded-random';
import { queryEvidence, type QueryEvidence } from '../judging/query-evidence';
import { modelParts, wordMeanings } from '../judging/word-meanings';
import { ranked, type NamedVector } from './exact-ranking';
import type { JudgedQuery, JudgedSet } from './judged-set';

/** A judged query, what its cosines say, and whether one of its first three hits fits. */
export interface JudgedSearch extends QueryEvidence {
  query: JudgedQuery;
  found: boolean;
  /** Whether all photos were searched. */
  isWhole: boolean;
}

/** Random selections of the photos that each query is asked of, besides all of them. */
const selections = 4;
const selectedShare = 2 / 3;

/**
 * Asks all judged queries: of all photos, of some random selections, and of all but those that fit. This shows
 * what the same words say where a photo fits, and where none does.
 */
export async function searchJudged(
  clip: Clip,
  { queries }: JudgedSet,
  photos: readonly NamedVector[],
): Promise<JudgedSearch[]> {
  const parts = modelParts(clip.identity);
  const random = seededRandom(1);
  const searches: JudgedSearch[] = [];
  for (const query of queries) {
    const vector = await clip.embedText(query.text);
    const words = await wordMeanings(clip, query.text, parts);
    const unfitting = photos.filter(({ name }) => !query.relevant.has(name));
    const selected = Array.from({ length: selections }, () => photos.filter(() => random() < selectedShare));
    for (const among of [photos, unfitting, ...selected]) {
      const nearest = ranked(vector, among);
      const hits = nearest.slice(0, 3).map((hit) => hit.vector);
      const background = among.map((photo) => photo.vector);
      searches.push({
        query,
        isWhole: among === photos,
        ...queryEvidence({ vector, words, hits, photos: among.length, background, parts }),
        found: nearest.slice(0, 3).some(({ name }) => query.relevant.has(name)),
      });
    }
  }
  return searches;
}
