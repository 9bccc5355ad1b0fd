// npm run search -- "red flowers": the nearest photos, in the terminal.
import path from 'node:path';
import { writeWhole } from '../lib/files/write-whole';
import { builtInReminder, isBuiltIn } from '../lib/model/built-in-model';
import { otherModelNotice } from '../lib/model/other-model-notice';
import { hitsTable } from '../lib/photo-hit';
import { photoSearch, type SearchResult } from '../lib/photo-search';
import { openIndex } from './open-index';
import { runScript } from './run-script';
import { understand } from './understand';
import { readCommandLine, usage, type CommandLine } from './search/command-line';
import { resultsPage } from './search/results-page';
import { pictureProtocol, terminalPictures } from './search/terminal-pictures';

/** What programs get. */
function resultsJson({ query, verdict, sentence, hits }: SearchResult, model: string): string {
  const found = hits.map(({ id, image_url, cosine, z, percentile }) => ({
    ...{ id, image_url, cosine, z, percentile },
  }));
  return JSON.stringify({ query, model, verdict, sentence, hits: found }, null, 2);
}

async function show(result: SearchResult, firstRank: number, photosDir?: string): Promise<void> {
  const { hits, sentence } = result;
  const protocol = pictureProtocol(process.stdout, process.env);
  if (protocol && photosDir !== undefined && hits.length > 0) {
    const width = process.stdout.columns || 80; // 0 where the terminal does not say
    console.log(await terminalPictures(hits, { protocol, photosDir, width, firstRank }));
  }
  if (hits.length > 0) console.log(hitsTable(hits, firstRank));
  console.log(
    firstRank > 1 && hits.length > 0 ? `The search as a whole, first page: ${sentence}` : sentence,
  );
}

async function search({ request, json, html, pictures }: CommandLine): Promise<void> {
  const { settings, client, clip, notice } = await openIndex();
  const { indexName: index, photosDir } = settings;
  try {
    const result = await photoSearch(clip, client, { index, photosDir })(request);
    const { model } = clip.identity;
    const { k = 3, page = 1 } = request;
    const firstRank = k * (page - 1) + 1;
    const otherModel = otherModelNotice(clip.identity, settings);
    if (otherModel !== undefined) console.error(otherModel);
    if (isBuiltIn(clip.identity)) console.error(builtInReminder);
    if (json) console.log(resultsJson(result, model));
    else await show(result, firstRank, pictures ? photosDir : undefined);
    if (html !== undefined) {
      const file = path.resolve(html);
      const options = { file, photosDir, firstRank, model, notice };
      await writeWhole(file, await resultsPage(result, options));
      (json ? console.error : console.log)(file);
    }
  } finally {
    await client.close();
  }
}

async function main(): Promise<void> {
  // Who reads the first lines only, as `head` does, has what they wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const commandLine = understand(() => readCommandLine(process.argv.slice(2)), usage);
  if (!commandLine) return;
  // `npm run` changes to the repository; files are meant from where it was called.
  const { npm_lifecycle_event: script, INIT_CWD: calledFrom } = process.env;
  if (script === 'search' && calledFrom !== undefined) process.chdir(calledFrom);
  await search(commandLine);
}

runScript(main);
