import path from 'node:path';
import type { PhotoHit } from '../lib/index';
import type { JudgedHit } from '../further/index';
import type { ShownPhoto } from './types';

/** A photo for the page: an index may have been filled by anyone, with anything. */
export function shownPhoto(hit: PhotoHit | JudgedHit, verdict?: string): ShownPhoto {
  const { id, width, height } = hit;
  return {
    ...{ id, width, height },
    title: shorten(hit.title ?? path.posix.basename(hit.image_url ?? id)) ?? '',
    author: shorten(hit.author),
    licence: shorten(hit.licence),
    licenceUrl: webAddress(hit.licence_url),
    sourceUrl: webAddress(hit.source_url),
    near: 'z' in hit ? { words: inWords(hit.z, verdict), cosine: hit.cosine, percentile: hit.percentile } : undefined,
  };
}

/** How far a photo stands out from the average one of the index. Where nothing fits, none is called close. */
function inWords(z: number, verdict?: string): string {
  if (verdict === 'nothing') return 'far';
  if (z >= 3) return 'very close';
  if (z >= 2) return 'close';
  if (z >= 1) return 'rather close';
  return 'far';
}

function shorten(text: string | undefined): string | undefined {
  return text !== undefined && text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

function webAddress(url: string | undefined): string | undefined {
  return url !== undefined && url.length < 2000 && /^https?:\/\//i.test(url) ? url : undefined;
}
