// npm run own -- ~/Pictures/holiday "red flowers": a folder of one's own into an index of its own, and a search in it.
import { realpath } from 'node:fs/promises';
import { inspect, parseArgs } from 'node:util';
import type { Client } from '@opensearch-project/opensearch';
import { loadClip } from '../lib/clip';
import { shellWord } from '../console/shell-word';
import { assertSameModel, indexModel } from '../lib/opensearch/index-model';
import { interruptSignal } from '../workshop/interrupt';
import { chooseModel, type ChosenModel } from '../clip-model/choose-model';
import { builtInReminder, isBuiltIn } from '../clip-model/built-in-model';
import { fetchModel } from '../clip-model/fetch-model';
import { UploadError } from '../lib/upload';
import { otherModelNotice } from '../clip-model/other-model-notice';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { adviseRecreating } from '../further/own-photos/advise-recreating';
import { indexOwnPhotos } from '../further/own-photos/own-photos';
import { absoluteFolder, ownFolder } from '../further/own-photos/own-folder';
import { isOwnIndexName, ownIndexName } from '../further/own-photos/own-index-name';
import { readSettings, type Settings } from '../workshop/settings';
import { runScript } from './run-script';
import { searchCommand, searchOptions, searchUsage, type SearchCommand } from './search/command-line';
import { showResult } from './search/show-result';
import { understand } from './understand';

const usage = `Usage: npm run own -- FOLDER ["red flowers"] [--ignore drafts/] [--recreate]
       npm run own -- FOLDER --delete

  Indexes the photos in FOLDER, in an index of their own, and searches them.
  Run it again after changes in the folder; it uploads only what changed.

  --ignore PATTERN      ignores files like this line in a .gitignore; may be repeated, and is not kept for the next run
  --recreate            makes the folder's index again, for another CLIP_MODEL
  --delete              deletes the folder's index; the photos stay
  --help

${searchUsage}`;

interface CommandLine {
  folder: string;
  /** Undefined where nothing is to be searched for. */
  search?: SearchCommand;
  recreate: boolean;
  remove: boolean;
  ignore: string[];
}

/** @throws Error saying what is wrong with the command line */
function readCommandLine(): CommandLine {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...searchOptions,
      recreate: { type: 'boolean', default: false },
      delete: { type: 'boolean', default: false },
      ignore: { type: 'string', multiple: true, default: [] },
    },
  });
  const { recreate, delete: remove, ignore, ...searchValues } = values;
  const [folder, ...words] = positionals;
  if (folder === undefined) throw new Error('There is no folder.');
  const isSearch = words.length > 0 || Object.keys(searchValues).length > 0;
  if (remove && (isSearch || recreate || ignore.length > 0)) {
    throw new Error('--delete takes only the folder: leave out the rest.');
  }
  const search = isSearch ? searchCommand(searchValues, words) : undefined;
  return { folder, search, recreate, remove, ignore };
}

/** The model that CLIP_MODEL names; without it the one that the folder's index has: a second run then needs no hub. */
async function modelFor(client: Client, index: string, settings: Settings, recreate: boolean): Promise<ChosenModel> {
  const exists = await client.indices.exists({ index });
  if (!exists.body || recreate) return chooseModel(settings, { allowBuiltIn: true });
  const identity = await indexModel(client, index).catch(adviseRecreating);
  if (settings.clipModel === undefined) return { identity };
  const chosen = await chooseModel(settings);
  try {
    assertSameModel(index, identity, chosen.identity); // before its weights are downloaded
  } catch (error) {
    return adviseRecreating(error);
  }
  return chosen;
}

async function main(): Promise<void> {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const photosDir = commandLine.remove ? await folderOrGone(commandLine.folder) : await ownFolder(commandLine.folder);
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  try {
    if (commandLine.remove) await deleteIndex(client, photosDir, settings.indexName);
    else await searchFolder(client, photosDir, { ...commandLine, settings });
  } finally {
    await client.close();
  }
}

/** Photos are often gone before their index is. */
async function folderOrGone(folder: string): Promise<string> {
  const absolute = absoluteFolder(folder);
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
  // Other indexes begin like that too, those that `switch-model` has kept for example.
  const others = Object.keys(body).flatMap((name) => (isOwnIndexName(indexName, name) ? [`\n  ${name}`] : []));
  console.error(
    `There is no index for ${folder}: nothing to delete.` +
      (others.length > 0 ? ` Give the folder of one of these, as it was then:${others.join('')}` : ''),
  );
}

async function searchFolder(
  client: Client,
  photosDir: string,
  { settings, folder, search, recreate, ignore }: CommandLine & { settings: Settings },
): Promise<void> {
  const index = ownIndexName(settings.indexName, photosDir);
  const chosen = await modelFor(client, index, settings, recreate);
  // Only from here on: until now, Ctrl-C ends the process, and nothing is lost.
  const signal = interruptSignal();
  const files = await fetchModel(chosen.identity, settings, { signal });
  const otherModel = otherModelNotice(files.identity, settings);
  if (otherModel !== undefined) console.error(otherModel);
  const reminder = `${builtInReminder} For the real CLIP, go online without CLIP_MODEL=built-in, and add --recreate.`;
  const notice = chosen.notice ?? (isBuiltIn(files.identity) ? reminder : undefined);
  if (notice !== undefined) console.error(notice);
  const clip = await loadClip(files);

  const options = { settings, client, clip, recreate, ignore, signal };
  const own = await indexOwnPhotos(folder, options).catch((error: unknown) => {
    const isBegun = signal.aborted || error instanceof UploadError;
    if (recreate && isBegun) console.error('When you run this again, leave out --recreate, or it starts over.');
    throw error;
  });
  console.error(inspect(own));
  if (search) {
    const result = await own.search(search.request);
    await showResult(result, search, { photosDir, model: clip.identity.model, notice });
  }
  console.error(
    `\nTo search it again: npm run own -- ${[folder, ...ignore.flatMap((one) => ['--ignore', one])].map(shellWord).join(' ')} "red flowers"`,
  );
}

runScript(main);
