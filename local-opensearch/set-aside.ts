import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { PhotoSearchError } from '../lib/errors';
import { askNode } from './ask-node';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from './paths';
import { startLocalOpenSearch, type StartOptions } from './start';
import { findNode } from './status';
import { stopLocalOpenSearch } from './stop';

/**
 * Stops the node and moves all its data and logs to a folder beside, where nothing is deleted. The next start begins
 * without any index.
 *
 * @returns where everything is now; undefined if there was nothing
 */
export async function setDataAside(): Promise<string | undefined> {
  await stopLocalOpenSearch();
  const paths = localOpenSearchPaths();
  if (!existsSync(paths.node)) return undefined;
  const place = placeFor(paths, 'data');
  renameSync(paths.node, place);
  return place;
}

/**
 * Moves the files of one index to a folder beside, and starts the node without it; the other indexes stay.
 *
 * @param index its name
 * @returns where the files are now
 * @throws PhotoSearchError if there is no such index, or the node can't start without it either
 */
export async function setIndexAside(index: string, options: StartOptions = {}): Promise<string> {
  const paths = localOpenSearchPaths(options.folder, options.server);
  const uuid = await uuidOf(index, paths);
  const files = uuid && filesOf(uuid, paths);
  if (!files || !existsSync(files)) {
    throw new PhotoSearchError(
      `The workshop's own OpenSearch holds no files of an index '${index}': npm run opensearch -- status names those that can't be opened.`,
    );
  }
  await stopLocalOpenSearch(options.folder);
  const place = placeFor(paths, index);
  renameSync(files, place);
  const moved = `The files of index '${index}' are now in ${place}`;
  const { url } = await startLocalOpenSearch(options).catch((cause: unknown) => {
    if (!(cause instanceof PhotoSearchError)) throw cause;
    throw new PhotoSearchError(`${moved}, but: ${cause.message}`, { cause });
  });
  // It still knows the index by name, and misses its files.
  const forgotten = await askNode(`${url}/${encodeURIComponent(index)}`, 30_000, 'DELETE');
  if (forgotten?.status === 200) return place;
  throw new PhotoSearchError(
    `${moved}, but OpenSearch still lists it: delete it there with DELETE ${index}, in a cell or with curl at ${url}.`,
  );
}

/** A running node knows; the logs of one that can't start name the indexes that it has opened, as [name/UUID]. */
async function uuidOf(index: string, paths: LocalOpenSearchPaths): Promise<string | undefined> {
  const node = await findNode(paths);
  if (node !== undefined) {
    const answer = await askNode(`${node.url}/_cat/indices?format=json&h=index,uuid`, 10_000);
    const known = (answer?.status === 200 ? answer.body : []) as { index: string; uuid: string }[];
    return known.find((one) => one.index === index)?.uuid;
  }
  const previous = path.join(paths.logs, 'opensearch-previous.log');
  for (const log of [paths.log, previous]) {
    if (!existsSync(log)) continue;
    const named = [...readFileSync(log, 'utf8').matchAll(/\[([^\s/[\]]+)\/([\w-]{22})\]/g)].reverse();
    // One of that name may have been deleted and made again.
    for (const [, name, uuid = ''] of named) if (name === index && existsSync(filesOf(uuid, paths))) return uuid;
  }
  return undefined;
}

function filesOf(uuid: string, { data }: LocalOpenSearchPaths): string {
  return path.join(data, 'nodes/0/indices', uuid);
}

function placeFor({ folder }: LocalOpenSearchPaths, name: string): string {
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  const place = path.join(folder, 'set-aside', `${name}-${time}`);
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
  return place;
}
