import path from 'node:path';
import { escapeHtml } from '../../lib/html';
import { htmlPage } from '../../console/html-page';
import { addressFrom } from '../../workshop/photo-address';
import { photoGrid } from '../../lib/grid';
import type { SearchResult } from '../../further/combinations/photo-search';

export interface ResultsPageOptions {
  /** The page's file, absolute: links to the whole photos are relative to its folder. */
  file: string;
  photosDir: string;
  /** 1 on the first page of a search. */
  firstRank: number;
  /** Of the model. */
  model: string;
  /** A sentence about the model for the reader. */
  notice?: string;
}

/** A page that shows what a search has found. The pictures are in it; links lead to the whole photos on this machine. */
export async function resultsPage(
  { query, sentence, hits }: SearchResult,
  { file, photosDir, model, notice, firstRank }: ResultsPageOptions,
): Promise<string> {
  const grid =
    hits.length > 0
      ? await photoGrid(hits, {
          photosDir,
          firstRank,
          address: (photo) => addressFrom(path.dirname(file), photo),
        })
      : '';
  const paragraphs = [
    escapeHtml(sentence),
    ...(notice === undefined ? [] : [`<strong>${escapeHtml(notice)}</strong>`]),
    `Vectors of <code>${escapeHtml(model)}</code>, compared by cosine.`,
  ];
  const [verdict = '', ...others] = paragraphs.map((paragraph) => `<p>${paragraph}</p>`);
  return htmlPage(query, [verdict, grid, ...others].join('\n'));
}
