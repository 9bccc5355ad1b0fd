import path from 'node:path';
import { shorten } from '../lib/html';
import { photoHits, type PhotoHit } from '../lib/index';
import type { JudgedHit } from '../further/index';
import type { Library } from './library';
import { problem } from './problem';
import type { ShownPhoto } from './types';

/** What the index says about a photo, now or in the last minute. @throws an error with an answer if it has none */
export async function knownPhoto({ client, index, known }: Library, id: string): Promise<PhotoHit> {
  const body = { size: 1, query: { ids: { values: [id] } }, _source: { excludes: ['embedding'] } };
  const hit = known.get(id) ?? photoHits((await client.search({ index, body })).body)[0];
  if (!hit) throw problem(404, 'request', 'There is no such photo in the index.');
  known.set(id, hit, { noUpdateTTL: true });
  return hit;
}

/** A photo for the page; figures only with the verdict of their search. An index may have been filled by anyone. */
export function shownPhoto(hit: PhotoHit | JudgedHit, verdict?: string): ShownPhoto {
  const isJudged = verdict !== undefined && 'z' in hit; // else by another visitor's search
  return {
    ...{ id: hit.id, width: hit.width, height: hit.height },
    title: shorten(hit.title ?? path.posix.basename(hit.image_url ?? hit.id), 300),
    author: hit.author && shorten(hit.author, 300),
    licence: hit.licence && shorten(hit.licence, 300),
    licenceUrl: webAddress(hit.licence_url),
    sourceUrl: webAddress(hit.source_url),
    near: isJudged ? { words: inWords(hit.z, verdict), cosine: hit.cosine, percentile: hit.percentile } : undefined,
  };
}

/** How far a photo stands out from the average one of the index. Where nothing fits, none is called close. */
function inWords(z: number, verdict?: string): string {
  if (verdict === 'nothing' || z < 1) return 'far';
  return z >= 3 ? 'very close' : z >= 2 ? 'close' : 'rather close';
}

const webAddress = (url?: string) => (url !== undefined && /^https?:\/\/.{1,2000}$/i.test(url) ? url : undefined);
