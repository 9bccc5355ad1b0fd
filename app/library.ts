import { LRUCache } from 'lru-cache';
import type { Client } from '@opensearch-project/opensearch';
import { describeModel, indexModel, loadClip, type Clip, type PhotoHit } from '../lib/index';
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
  place: () => Place;
  /** Does something with the library. @throws an error with an answer if OpenSearch is away, or there is no index */
  enter: <Answer>(use: (library: Library) => Promise<Answer>) => Promise<Answer>;
  /** The next visitor finds it opened again, at another place if one is given. */
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
export function libraryDoor(settings: Settings, first: Place): LibraryDoor {
  let place = first;
  let client: Promise<Client> | undefined;
  let model: { name: string; clip: Promise<Clip> } | undefined;
  let failed: { error: unknown; at: number } | undefined;
  const known = new LRUCache<string, PhotoHit>({ max: 20_000, ttl: 60_000 });

  const connect = () => {
    client ??= connectOpenSearch(settings, { ...patience, notice: () => undefined });
    return client;
  };
  const disconnect = async () => {
    const left = client;
    client = undefined;
    await left?.then((one) => one.close()).catch(() => undefined);
  };

  async function load(): Promise<Library> {
    const { index, photosDir } = place;
    const client = await connect();
    if (!(await client.indices.exists({ index })).body) {
      throw problem(404, 'no index', 'There is no index of photos yet.');
    }
    const identity = await indexModel(client, index);
    const name = describeModel(identity);
    if (model?.name !== name) {
      const clip = fetchModel(identity, settings).then(loadClip).then(rememberTexts);
      model = { name, clip };
      clip.catch(() => (model = undefined));
    }
    const clip = await model.clip;
    await clip.embedText('photo'); // else the first visitor waits for the weights
    const background = await readBackground(client, index);
    const { limitPixels } = settings;
    return { client, clip, index, photosDir, background, known, limitPixels };
  }

  const opened = new LRUCache<'library', Library>({
    max: 1,
    ttl: lookAgainMs,
    allowStale: true,
    fetchMethod: load,
  });

  return {
    settings,
    place: () => place,
    reopen(next) {
      place = next ?? place;
      opened.clear();
      known.clear();
      failed = undefined;
    },
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
          void disconnect();
        }
        throw error;
      }
    },
    close: disconnect,
  };
}
