// npm run own -- ~/Pictures/holiday "red flowers": a folder of one's own into an index of its own, and a search in it.
import { realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { loadClip } from '../lib/clip';
import { WorkshopError } from '../lib/errors';
import { indexModel } from '../lib/index-model';
import { interruptSignal } from '../lib/interrupt';
import { chooseModel, type ChosenModel } from '../lib/model/choose-model';
import { builtInReminder, isBuiltIn } from '../lib/model/built-in-model';
import { fetchModel } from '../lib/model/fetch-model';
import { otherModelNotice } from '../lib/model/other-model-notice';
import { connectOpenSearch } from '../lib/opensearch';
import { indexOwnPhotos } from '../lib/own-photos';
import { absoluteFolder, ownFolder } from '../lib/own-photos/folder';
import { ownIndexName } from '../lib/own-photos/index-name';
import { hitsTable } from '../lib/photo-hit';
import { readSettings, type Settings } from '../lib/settings';
import { uploadTable } from '../lib/upload/report';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npm run own -- FOLDER ["red flowers"] [--recreate]
       npm run own -- FOLDER --delete

  Makes the photos in FOLDER searchable, in an index of their own, and searches them.
  Run it again after changes in the folder; photos that are there already stay.

  --recreate   makes the folder's index anew, for another CLIP_MODEL
  --delete     deletes the folder's index; the photos stay
  --help`;

interface CommandLine {
  folder: string;
  text: string;
  recreate: boolean;
  remove: boolean;
}

/**
 * @returns undefined if help is asked for
 * @throws Error saying what is wrong with the command line
 */
function readCommandLine(): CommandLine | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      recreate: { type: 'boolean', default: false },
      delete: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [folder, ...words] = positionals;
  if (folder === undefined) throw new Error('There is no folder.');
  const text = words.join(' ').trim();
  if (values.delete && (text !== '' || values.recreate)) {
    throw new Error('--delete goes with the folder alone: leave out the words and --recreate.');
  }
  return { folder, text, recreate: values.recreate, remove: values.delete };
}

/** The model that CLIP_MODEL names; without it the one that the folder's index has, so that a second run needs no hub. */
async function modelFor(
  client: Client,
  index: string,
  settings: Settings,
  recreate: boolean,
): Promise<ChosenModel> {
  const exists = await client.indices.exists({ index });
  if (!exists.body || recreate || settings.clipModel !== undefined) {
    return chooseModel(settings, { allowBuiltIn: true });
  }
  return { identity: await indexModel(client, index) };
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  // npm runs scripts in the repository's folder; INIT_CWD is where its user stands.
  const from = process.env.INIT_CWD;
  const folder = commandLine.remove
    ? await folderOrGone(commandLine.folder, from)
    : await ownFolder(commandLine.folder, from);
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  try {
    if (commandLine.remove) await deleteIndex(client, folder, settings.indexName);
    else await searchFolder(client, folder, { ...commandLine, settings });
  } finally {
    await client.close();
  }
}

/** Photos are often gone before their index is. */
async function folderOrGone(folder: string, from?: string): Promise<string> {
  const absolute = absoluteFolder(folder, from);
  return realpath(absolute).catch(() => absolute);
}

async function deleteIndex(client: Client, folder: string, indexName: string): Promise<void> {
  const index = ownIndexName(indexName, folder);
  const { body: exists } = await client.indices.exists({ index });
  if (exists) {
    await client.indices.delete({ index });
    console.error(`Index '${index}' is deleted; the photos stay.`);
    return;
  }
  const { body } = await client.indices.get({ index: `${indexName}-*` });
  const others = Object.keys(body).map((name) => `\n  ${name}`);
  console.error(
    `There is no index for ${folder}: nothing to delete.` +
      (others.length > 0
        ? ` Give the folder of one of these, as it was then:${others.join('')}`
        : ''),
  );
}

async function searchFolder(
  client: Client,
  folder: string,
  { settings, text, recreate }: Pick<CommandLine, 'text' | 'recreate'> & { settings: Settings },
): Promise<void> {
  const index = ownIndexName(settings.indexName, folder);
  const chosen = await modelFor(client, index, settings, recreate);
  // Only from here on: until now, Ctrl-C ends the process, and nothing is lost.
  const signal = interruptSignal();
  const files = await fetchModel(chosen.identity, settings, { signal }).catch((error: unknown) => {
    if (error !== signal.reason) throw error;
    throw new WorkshopError('Interrupted. What has arrived stays: run it again to go on.');
  });
  const otherModel = otherModelNotice(files.identity, settings);
  if (otherModel !== undefined) console.error(otherModel);
  const notice = chosen.notice ?? (isBuiltIn(files.identity) ? builtInReminder : undefined);
  if (notice !== undefined) console.error(notice);
  const clip = await loadClip(files);

  const own = await indexOwnPhotos(folder, { settings, client, clip, recreate, signal });
  console.error(uploadTable(own.report));
  if (text !== '') {
    const { sentence, hits } = await own.search({ text });
    console.error(`\n${sentence}`);
    console.log(hitsTable(hits));
  }
  console.error(
    `\nTo search it again: npm run own -- ${quoted(own.photosDir)} "red flowers"\n` +
      `With filters, pages and the rest of npm run search:\n` +
      `INDEX_NAME=${own.index} PHOTOS_DIR=${quoted(own.photosDir)} npm run search -- "red flowers"`,
  );
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll(`'`, `'\\''`)}'`;
}

runScript(main);
