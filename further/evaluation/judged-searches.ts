import type { Clip } from '../../lib/clip';
import { normalise } from '../../lib/vectors';
import { seededRandom } from '../seeded-random';
import { queryEvidence, type EvidenceOptions, type QueryEvidence, wordVectors } from '../judging/query-evidence';
import { ranked, type NamedVector } from './exact-ranking';
import type { JudgedQuery, JudgedSet } from './judged-set';

/** Texts that say nothing about a photo; none of them is a query of the judged set. */
const neutralTexts = ['a photo', 'a picture', 'an image', 'a photo of something'];

/** A judged query, what its cosines say, and whether one of its first three hits fits. */
export interface JudgedSearch extends QueryEvidence {
  query: JudgedQuery;
  found: boolean;
  /** Whether all photos were searched. */
  isWhole: boolean;
}

/** The direction of texts that say nothing: [dimension], of length 1, four digits each. */
export async function neutralDirection(clip: Clip): Promise<number[]> {
  const vectors = await clip.embedTexts(neutralTexts);
  const sum = Float32Array.from({ length: clip.dimension }, (_, at) =>
    vectors.reduce((total, vector) => total + (vector[at] ?? NaN), 0),
  );
  return Array.from(normalise(sum, 'The neutral direction'), (value) => Number(value.toFixed(4)));
}

/** Random selections of the photos that each query is asked of, besides all of them. */
const selections = 4;
const selectedShare = 2 / 3;

/**
 * Asks all judged queries: of all photos, of some random selections, and of all but those that fit. So it is seen what
 * the same words say where a photo of this is there, and where none is.
 */
export async function searchJudged(
  clip: Clip,
  { queries }: JudgedSet,
  photos: readonly NamedVector[],
  { neutral, parts }: Pick<EvidenceOptions, 'neutral' | 'parts'>,
): Promise<JudgedSearch[]> {
  const random = seededRandom(1);
  const searches: JudgedSearch[] = [];
  for (const query of queries) {
    const vector = await clip.embedText(query.text);
    const words = await wordVectors(clip, query.text);
    const unfitting = photos.filter(({ name }) => !query.relevant.has(name));
    const selected = Array.from({ length: selections }, () => photos.filter(() => random() < selectedShare));
    for (const among of [photos, unfitting, ...selected]) {
      const nearest = ranked(vector, among);
      const [best] = nearest;
      if (!best) throw new RangeError('A judged set has photos that do not fit.');
      const background = among.map((photo) => photo.vector);
      searches.push({
        query,
        isWhole: among === photos,
        ...queryEvidence({ vector, words, best: best.vector, photos: among.length, background, neutral, parts }),
        found: nearest.slice(0, 3).some(({ name }) => query.relevant.has(name)),
      });
    }
  }
  return searches;
}
