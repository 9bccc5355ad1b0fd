import type { Clip } from '../clip';
import { normalise } from '../clip/normalise';
import { queryEvidence, type QueryEvidence } from '../verdict/query-evidence';
import { wordVectors } from '../verdict/word-vectors';
import { exactRanking, type NamedVector } from './exact-ranking';
import type { JudgedQuery, JudgedSet } from './judged-set';

/** Texts that say nothing about a photo; none of them is a query of the judged set. */
const neutralTexts = ['a photo', 'a picture', 'an image', 'a photo of something'];

/** A judged query, what its cosines say, and whether one of its first three hits fits. */
export interface JudgedSearch extends QueryEvidence {
  query: JudgedQuery;
  found: boolean;
}

/** The direction of texts that say nothing: [dimension], of length 1, four digits each. */
export async function neutralDirection(clip: Clip): Promise<number[]> {
  const vectors = await clip.embedTexts(neutralTexts);
  const sum = Float32Array.from({ length: clip.dimension }, (_, at) =>
    vectors.reduce((total, vector) => total + (vector[at] ?? NaN), 0),
  );
  return Array.from(normalise(sum, 'The neutral direction'), (value) => Number(value.toFixed(4)));
}

/** Asks all judged queries. */
export async function searchJudged(
  clip: Clip,
  { queries }: JudgedSet,
  photos: readonly NamedVector[],
  neutral: readonly number[],
): Promise<JudgedSearch[]> {
  const background = photos.map(({ vector }) => vector);
  const rank = exactRanking(clip, photos);
  const searches: JudgedSearch[] = [];
  for (const query of queries) {
    const vector = await clip.embedText(query.text);
    const firstThree = (await rank(query.text)).slice(0, 3);
    const best = photos.find(({ name }) => name === firstThree[0])?.vector;
    if (!best) throw new RangeError('A judged set has photos.');
    const words = await wordVectors(clip, query.text);
    searches.push({
      query,
      ...queryEvidence({ vector, words, best, background, neutral }),
      found: firstThree.some((photo) => query.relevant.has(photo)),
    });
  }
  return searches;
}
