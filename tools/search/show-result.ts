import path from 'node:path';
import { writeWhole } from '../../download/write-whole';
import { hitsTable } from '../../console/hits-table';
import type { SearchResult } from '../../further/combinations/photo-search';
import type { SearchCommand } from './command-line';
import { resultsPage } from './results-page';

export interface ShowResultOptions {
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
  // Who reads the first lines only, as `head` does, has what they wanted.
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
    ...{ id, image_url, path, cosine, z, percentile },
  }));
  return JSON.stringify({ query, model, verdict, sentence, hits: found }, null, 2);
}
