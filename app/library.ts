import path from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Client } from '@opensearch-project/opensearch';
import { indexModel, loadClip, type Clip, type ClipFiles, type ModelIdentity, type PhotoHit } from '../lib/index';
import { describeModel, sameModel } from '../lib/model/model-identity';
import { readBackground, rememberTexts, type MapRequest } from '../further/index';
import { problem, toldOf } from './problem';

/** An index, and the folder that its photos are in. */
export type Place = { index: string; photosDir: string };

/**
 * What the caller passes in, since the page knows no settings and no other program: the place that is searched until a
 * visitor has another folder indexed, and how to get at the rest.
 */
export interface Wiring extends Place {
  /** The index of the notebooks; that of a folder is named after it. */
  indexName: string;
  limitPixels?: number;
  /** Connects to OpenSearch; without `patience`, waits as long as an upload may. Both in ms. */
  connect: (patience?: { requestTimeoutMs: number; patienceMs: number }) => Promise<Client>;
  /** The model for a new index. */
  chooseModel: () => Promise<ModelIdentity>;
  fetchModel: (identity: ModelIdentity) => Promise<ClipFiles>;
  /** Does `drawMap` in a process of its own, since it may take minutes. */
  drawMap: (request: MapRequest, signal: AbortSignal) => Promise<void>;
}

/** All that a search needs. */
export interface Library extends Place {
  client: Client;
  /** The model that the index names. */
  clip: Clip;
  /** [photos, dimension] */
  background: Float32Array[];
  /** What the index has said about photos in the last minute, by id. */
  known: LRUCache<string, PhotoHit>;
}

/** The longest that a visitor waits for OpenSearch, in ms: for an answer, and for a connection. */
const patience = { requestTimeoutMs: 5000, patienceMs: 1500 };
/** How soon an index that was filled or made again is noticed, in ms. */
const lookAgainMs = 20_000;
/** How long OpenSearch is left alone after a failure, in ms: all are told the same. */
const restMs = 1000;

/**
 * Opens the index when it is first needed: connects, loads the model that the index names, and draws the photos that
 * hits are judged by. Keeps all that, and reads it again now and then, while the old one continues to serve.
 */
export function libraryDoor({ connect, fetchModel, index, photosDir }: Wiring) {
  let place: Place = { index, photosDir };
  let client: Promise<Client> | undefined;
  let failed: Error | undefined;
  let failedAt = -Infinity;
  const known = new LRUCache<string, PhotoHit>({ max: 20_000, ttl: 60_000 });
  const one = { max: 1, ignoreFetchAbort: true }; // the last model, and what was opened last
  const fetchMethod = async (_name: string, _old: unknown, { context }: { context: ModelIdentity }) =>
    rememberTexts(await loadClip(await fetchModel(context)));
  const models = new LRUCache<string, Clip, ModelIdentity>({ ...one, fetchMethod });
  const openModel = (context: ModelIdentity) => models.forceFetch(describeModel(context), { context });
  const opened = new LRUCache<'library', Library>({
    ...one,
    ttl: lookAgainMs,
    allowStale: true,
    noDeleteOnFetchRejection: true,
    fetchMethod: open,
  });

  async function open(): Promise<Library> {
    const { index, photosDir } = place;
    const connected = await (client ??= connect(patience));
    const { body: exists } = await connected.indices.exists({ index });
    const background = exists ? await readBackground(connected, index) : [];
    if (background.length === 0) {
      throw problem(404, 'no index', `The photos in the folder “${path.basename(photosDir)}” are not indexed yet.`);
    }
    const clip = await openModel(await indexModel(connected, index));
    failed = undefined;
    await clip.embedText('photo'); // else the first visitor waits for the weights
    return { client: connected, clip, index, photosDir, background, known };
  }

  /** The next visitor's request opens all again. The workshop's own OpenSearch may come back at another port. */
  async function close(): Promise<void> {
    opened.clear();
    const left = client;
    client = undefined;
    await left?.then((one) => one.close()).catch(() => undefined);
  }

  /** @throws an error with an answer if OpenSearch is away, or there is no index */
  async function library(): Promise<Library> {
    if (failed && performance.now() - failedAt < restMs) throw failed;
    return opened.forceFetch('library').catch((error: unknown) => {
      const told = toldOf(error);
      // What keeps it from being opened, a wrong password for example, may be put right while the page waits.
      const passes = !['no index', 'busy'].includes(told.problem) && { statusCode: 503, problem: 'away' };
      throw Object.assign(error as Error, { told: { ...told, ...passes } });
    });
  }

  /** Lets the next visitor see the photos as they are now, or those of another place if one is given. */
  function reopen(next = place): void {
    place = next;
    opened.clear();
    known.clear();
  }

  return {
    openModel,
    close,
    place: () => place,
    library,
    reopen,
    /** The same, but with the model that the index names now: another one's vectors would find just any photos. */
    async libraryToSearch(): Promise<Library> {
      const kept = opened.peek('library');
      const held = kept && (await indexModel(kept.client, kept.index));
      const isKept = kept && opened.peek('library') === kept; // others may have opened another
      if (isKept && held && !sameModel(held, kept.clip.identity)) reopen();
      return library();
    },
    /** Call this with every error, and with the time when its request began, by the clock of `performance`. */
    noteFailure(error: unknown, began: number): void {
      if (toldOf(error).problem !== 'away' || error === failed || began < failedAt) return; // or of a closed connection
      if ((error as Error).message !== failed?.message) console.error(error);
      [failed, failedAt] = [error as Error, performance.now()];
      void close();
    },
  };
}
