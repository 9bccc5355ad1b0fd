import { LRUCache } from 'lru-cache';
import type { Client } from '@opensearch-project/opensearch';
import { describeModel, indexModel, loadClip, type Clip, type ModelIdentity, type PhotoHit } from '../lib/index';
import { connectOpenSearch, fetchModel, type Settings } from '../workshop/index';
import { readBackground } from '../further/index';
import { isAway, problem } from './problem';
import { rememberTexts } from './remember-texts';

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

/** How the page's routes come to their library. */
export interface LibraryDoor {
  settings: Settings;
  /** Where the photos are now. */
  place: Place;
  /** Does something with the library. @throws an error with an answer if OpenSearch is away, or there is no index */
  enter: <Answer>(use: (library: Library) => Promise<Answer>) => Promise<Answer>;
  /** The model, loaded once. */
  openModel: (identity: ModelIdentity) => Promise<Clip>;
  /** The next visitor finds the library opened again, at another place if one is given. */
  reopen: (place?: Place) => void;
  close: () => Promise<void>;
}

/** A visitor waits so long for OpenSearch at most, in ms: for an answer, and for a connection. */
const patience = { requestTimeoutMs: 5000, patienceMs: 1500 };
/** An index that was filled or made again meanwhile is noticed after so long, in ms. */
const lookAgainMs = 20_000;
/** After a failure nobody asks OpenSearch for so long, in ms: all are told the same. */
const restMs = 1000;

/**
 * Opens the index when it is first needed: connects, loads the model that the index names, and draws the photos that
 * hits are judged by. All is kept, and looked at again now and then while the old answers serve.
 */
export function libraryDoor(settings: Settings, place: Place): LibraryDoor {
  let client: Promise<Client> | undefined;
  let model: { name: string; clip: Promise<Clip> } | undefined;
  let failed: { error: unknown; at: number } | undefined;
  const known = new LRUCache<string, PhotoHit>({ max: 20_000, ttl: 60_000 });
  const opened = new LRUCache<'library', Library>({
    ...{ max: 1, ttl: lookAgainMs, allowStale: true, ignoreFetchAbort: true },
    fetchMethod: async () => {
      const { index, photosDir } = door.place;
      client ??= connectOpenSearch(settings, { ...patience, notice: () => undefined });
      const connected = await client;
      if (!(await connected.indices.exists({ index })).body) {
        throw problem(404, 'no index', 'There is no index of photos yet.');
      }
      const clip = await door.openModel(await indexModel(connected, index));
      await clip.embedText('photo'); // else the first visitor waits for the weights
      const background = await readBackground(connected, index);
      return { client: connected, clip, index, photosDir, background, known, limitPixels: settings.limitPixels };
    },
  });

  const door: LibraryDoor = {
    settings,
    place,
    async enter(use) {
      if (failed && Date.now() - failed.at < restMs) throw failed.error;
      try {
        const answer = await use(await opened.forceFetch('library'));
        failed = undefined;
        return answer;
      } catch (error) {
        if (isAway(error)) {
          if (!failed) console.error((error as Error).message);
          failed = { error, at: Date.now() };
          opened.clear();
          // The workshop's own OpenSearch may come back at another port.
          void door.close();
        }
        throw error;
      }
    },
    async openModel(identity) {
      const name = describeModel(identity);
      if (model?.name !== name) {
        const clip = fetchModel(identity, settings).then(loadClip).then(rememberTexts);
        model = { name, clip };
        clip.catch(() => (model = undefined));
      }
      return model.clip;
    },
    reopen(next = door.place) {
      door.place = next;
      opened.clear();
      known.clear();
      failed = undefined;
    },
    async close() {
      const left = client;
      client = undefined;
      await left?.then((one) => one.close()).catch(() => undefined);
    },
  };
  return door;
}
