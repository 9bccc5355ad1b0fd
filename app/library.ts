import path from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Client } from '@opensearch-project/opensearch';
import { describeModel, indexModel, loadClip, type Clip, type ModelIdentity, type PhotoHit } from '../lib/index';
import { readBackground } from '../further/index';
import { problem, toldOf } from './problem';
import { rememberTexts } from './remember-texts';
import type { Wiring } from './wiring';

/** An index, and the folder that its photos lie in. */
export interface Place {
  index: string;
  photosDir: string;
}

/** All that a search needs. */
export interface Library extends Place {
  client: Client;
  /** The model that the index names. */
  clip: Clip;
  /** [photos, dimension] */
  background: Float32Array[];
  /** What the index has said of photos in the last minute, by id. */
  known: LRUCache<string, PhotoHit>;
  limitPixels?: number;
}

/** A visitor waits so long for OpenSearch at most, in ms: for an answer, and for a connection. */
const patience = { requestTimeoutMs: 5000, patienceMs: 1500 };
/** An index that was filled or made again meanwhile is noticed after so long, in ms. */
const lookAgainMs = 20_000;
/** After a failure nobody asks OpenSearch for so long, in ms: all are told the same. */
const restMs = 1000;

/** How the page's routes come to their library. */
export type LibraryDoor = ReturnType<typeof libraryDoor>;

/**
 * Opens the index when it is first needed: connects, loads the model that the index names, and draws the photos that
 * hits are judged by. All is kept, and looked at again now and then while the old answers serve.
 */
export function libraryDoor({ connect, fetchModel, limitPixels }: Wiring, place: Place) {
  let client: Promise<Client> | undefined;
  let failed: { error: unknown; at: number } | undefined;
  const known = new LRUCache<string, PhotoHit>({ max: 20_000, ttl: 60_000 });
  /** The last one, by name. */
  const models = new LRUCache<string, Clip, ModelIdentity>({
    max: 1,
    ignoreFetchAbort: true,
    fetchMethod: async (_name, _, { context }) => rememberTexts(await loadClip(await fetchModel(context))),
  });
  const openModel = (context: ModelIdentity) => models.forceFetch(describeModel(context), { context });
  const opened = new LRUCache<'library', Library>({
    max: 1,
    ttl: lookAgainMs,
    allowStale: true,
    ignoreFetchAbort: true,
    fetchMethod: () => openLibrary(place),
  });

  async function openLibrary({ index, photosDir }: Place): Promise<Library> {
    client ??= connect(patience).catch((error: unknown) => {
      // Whatever is wrong with it, a password for example, may be put right while the page waits.
      throw Object.assign(error as Error, { told: { ...toldOf(error), statusCode: 503, problem: 'away' } });
    });
    const connected = await client;
    const { body: exists } = await connected.indices.exists({ index });
    const background = exists ? await readBackground(connected, index) : [];
    if (background.length === 0) {
      throw problem(404, 'no index', `The photos in the folder “${path.basename(photosDir)}” are not indexed yet.`);
    }
    const clip = await openModel(await indexModel(connected, index));
    failed = undefined;
    await clip.embedText('photo'); // else the first visitor waits for the weights
    return { client: connected, clip, index, photosDir, background, known, limitPixels };
  }

  /** All is opened again for the next visitor. The workshop's own OpenSearch may come back at another port. */
  async function close(): Promise<void> {
    opened.clear();
    const left = client;
    client = undefined;
    await left?.then((one) => one.close()).catch(() => undefined);
  }

  return {
    openModel,
    close,
    place: () => place,
    /** @throws an error with an answer if OpenSearch is away, or there is no index */
    async library(): Promise<Library> {
      if (failed && Date.now() - failed.at < restMs) throw failed.error;
      return opened.forceFetch('library');
    },
    /** Is to be told of every error. */
    noteFailure(error: unknown): void {
      if (toldOf(error).problem !== 'away' || error === failed?.error) return;
      const { message } = error as Error;
      if (message !== (failed?.error as Error | undefined)?.message) console.error(message);
      failed = { error, at: Date.now() };
      void close();
    },
    /** The next visitor finds other photos, at another place if one is given. */
    reopen(next = place): void {
      place = next;
      opened.clear();
      known.clear();
    },
  };
}
