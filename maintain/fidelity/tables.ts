import { markdownTable } from '../../bench/markdown';
import { agreement, cosineSummary, nearest } from './agreement';
import type { TowerRun } from './tower-runs';

/** A run of which every vector is there. */
export interface WholeRun extends TowerRun {
  vectors: Float32Array[];
}

/** Photos by themselves: each as a query among all others. The first run is what the others are held against. */
export function photoTable(runs: WholeRun[]): string {
  const neighbours = ({ vectors }: WholeRun) => vectors.map((vector, i) => nearest(vector, vectors, 10, i));
  const [exact] = runs;
  const expected = exact ? neighbours(exact) : [];
  const rows = runs.map((run) => {
    const { mean, min } = cosineSummary(run.vectors, exact?.vectors ?? []);
    const { top1, top10 } = agreement(neighbours(run), expected);
    return [
      run.dtype,
      megabytes(run.bytes),
      run.perSecond.toFixed(1),
      `${mean.toFixed(4)} / ${min.toFixed(4)}`,
      percent(top1),
      percent(top10),
    ];
  });
  return markdownTable(
    ['vision tower', 'MB', 'photos/s', 'cosine to fp32: mean / least', 'same nearest photo', 'same 10 nearest'],
    rows,
  );
}

/** Texts: each as a query for photos, for every pair of towers. The first of each is what the others are held against. */
export function textTable(vision: WholeRun[], text: WholeRun[]): string {
  const hits = (texts: WholeRun, photos: WholeRun) =>
    texts.vectors.map((vector) => nearest(vector, photos.vectors, 10));
  const [exactVision, exactText] = [vision[0], text[0]];
  const expected = exactVision && exactText ? hits(exactText, exactVision) : [];
  const rows = vision.flatMap((photos) =>
    text.map((texts) => {
      const { mean, min } = cosineSummary(texts.vectors, exactText?.vectors ?? []);
      const { top1, top10 } = agreement(hits(texts, photos), expected);
      return [
        photos.dtype === texts.dtype ? texts.dtype : `text=${texts.dtype},vision=${photos.dtype}`,
        megabytes(photos.bytes + texts.bytes),
        (1000 / texts.perSecond).toFixed(1),
        `${mean.toFixed(4)} / ${min.toFixed(4)}`,
        percent(top1),
        percent(top10),
      ];
    }),
  );
  return markdownTable(
    ['CLIP_DTYPE', 'MB', 'ms per text', "texts' cosine to fp32: mean / least", 'same first photo', 'same 10 photos'],
    rows,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
