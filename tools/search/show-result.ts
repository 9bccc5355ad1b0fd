import path from 'node:path';
import { writeWhole } from '../../download/write-whole';
import { hitsTable } from '../../console/hits-table';
import type { SearchResult } from '../../further/combinations/search-by-terms';
import type { SearchCommand } from './command-line';
import { escapeHtml } from '../../lib/html';
import { htmlPage } from '../../console/html-page';
import { addressFrom } from '../../workshop/notebook-address';
import { photoGrid } from '../../lib/grid';

interface ShowResultOptions {
  photosDir: string;
  /** Of the model. */
  model: string;
  /** A sentence about the model for the reader of a page. */
  notice?: string;
}

/** Shows what a search has found as the command line asks for it: a table or JSON, and a page. */
export async function showResult(
  result: SearchResult,
  { request, json, html }: SearchCommand,
  { photosDir, model, notice }: ShowResultOptions,
): Promise<void> {
  // A program that reads the first lines only, such as `head`, has what it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { k = 3, page = 1 } = request;
  const firstRank = k * (page - 1) + 1;
  if (json) console.log(resultsJson(result, model));
  else {
    const { hits, sentence } = result;
    if (hits.length > 0) console.log(hitsTable(hits, firstRank));
    console.log(firstRank > 1 && hits.length > 0 ? `For the search as a whole (page 1): ${sentence}` : sentence);
  }
  if (html !== undefined) {
    const file = path.resolve(html);
    const options = { file, photosDir, firstRank, model, notice };
    await writeWhole(file, await resultsPage(result, options));
    (json ? console.error : console.log)(file);
  }
}

/** What programs get. */
function resultsJson({ query, verdict, sentence, hits }: SearchResult, model: string): string {
  const found = hits.map(({ id, image_url, path, cosine, z, percentile }) => ({
    id,
    image_url,
    path,
    cosine,
    z,
    percentile,
  }));
  return JSON.stringify({ query, model, verdict, sentence, hits: found }, null, 2);
}

interface ResultsPageOptions extends ShowResultOptions {
  /** The page's file, absolute: links to the whole photos are relative to its folder. */
  file: string;
  /** 1 on the first page of a search. */
  firstRank: number;
}

/** A page that shows what a search has found. The pictures are in it; links lead to the whole photos on this machine. */
async function resultsPage(
  { query, sentence, hits }: SearchResult,
  { file, photosDir, model, notice, firstRank }: ResultsPageOptions,
): Promise<string> {
  const address = (photo: string) => addressFrom(path.dirname(file), photo);
  const grid = hits.length > 0 ? await photoGrid(hits, { photosDir, firstRank, address }) : '';
  const paragraphs = [
    escapeHtml(sentence),
    ...(notice === undefined ? [] : [`<strong>${escapeHtml(notice)}</strong>`]),
    `Vectors of <code>${escapeHtml(model)}</code>, compared by cosine.`,
  ];
  const [verdict = '', ...others] = paragraphs.map((paragraph) => `<p>${paragraph}</p>`);
  return htmlPage(query, [verdict, grid, ...others].join('\n'));
}
