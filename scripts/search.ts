// npm run search -- "red flowers": the nearest photos, in the terminal.
import { parseArgs } from 'node:util';
import { readBackground } from '../lib/background';
import { hitsTable } from '../lib/photo-hit';
import { searchPhotos } from '../lib/search';
import { unknownWordsNotice } from '../lib/unknown-words';
import { openIndex } from './open-index';
import { runScript } from './run-script';

const usage = `Usage: npm run search -- "red flowers" [--k 3] [--json]

  --k N     how many photos, 1 to 10000 (3)
  --json    { query, model, hits: [{ id, image_url, cosine }] } on stdout`;

/**
 * Reads the command line.
 *
 * @throws Error saying what is wrong with it
 */
function readCommandLine(): { query: string; k: number; json: boolean } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { k: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
  });
  const query = positionals.join(' ').trim();
  if (query === '') throw new Error('There is no text to search for.');
  const k = Number(values.k);
  if (!Number.isInteger(k) || k < 1 || k > 10_000) {
    throw new Error(`--k must be a whole number from 1 to 10000, not ${values.k}.`);
  }
  return { query, k, json: values.json };
}

async function main(): Promise<void> {
  let commandLine: ReturnType<typeof readCommandLine>;
  try {
    commandLine = readCommandLine();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const { query, k, json } = commandLine;
  const { settings, client, clip, notice } = await openIndex();
  const index = settings.indexName;
  const vector = await clip.embedText(query);
  const hits = await searchPhotos(client, { index, vector, k });
  const unknown = unknownWordsNotice(clip.identity, vector, await readBackground(client, index));
  for (const sentence of [notice, unknown]) if (sentence) console.error(sentence);

  if (json) {
    const found = hits.map(({ id, image_url, cosine }) => ({ id, image_url, cosine }));
    console.log(JSON.stringify({ query, model: clip.identity.model, hits: found }, null, 2));
  } else {
    console.log(hitsTable(hits));
  }
  await client.close();
}

runScript(main);
