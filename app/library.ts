import { LRUCache } from 'lru-cache';
import type { Client } from '@opensearch-project/opensearch';
import { describeModel, indexModel, loadClip, type Clip } from '../lib/index';
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
  limitPixels?: number;
}

/** How the page's routes come to their library. */
export interface LibraryDoor {
  settings: Settings;
  /** Where the photos are now. */
  place: () => Place;
  /** @throws an error with an answer if OpenSearch is away, or there is no index */
  open: () => Promise<Library>;
  /** After a failure, or for another place: the next `open` begins again. */
  forget: (place?: Place) => void;
  close: () => Promise<void>;
}

/** A visitor waits so long at most, in ms. */
const patience = { requestTimeoutMs: 5000, patienceMs: 6000 };
/** An index that was filled or made again meanwhile is noticed after so long, in ms. */
const lookAgainMs = 20_000;

/**
 * Opens the index when it is first needed: connects, loads the model that the index names, and draws the photos that
 * hits are judged by. All is kept, and looked at again now and then while the old answers serve.
 */
export function libraryDoor(settings: Settings, first: Place): LibraryDoor {
  let place = first;
  let client: Promise<Client> | undefined;
  let model: { name: string; clip: Promise<Clip> } | undefined;

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
    // The first text would wait for the weights.
    await (await model.clip).embedText('photo');
    const [clip, background] = await Promise.all([model.clip, readBackground(client, index)]);
    return { client, clip, index, photosDir, background, limitPixels: settings.limitPixels };
  }

  const opened = new LRUCache<'library', Library>({
    max: 1,
    ttl: lookAgainMs,
    allowStale: true,
    fetchMethod: () => load(),
  });
  const forget = (next?: Place) => {
    place = next ?? place;
    opened.clear();
  };

  return {
    settings,
    place: () => place,
    forget,
    async open() {
      try {
        return await opened.forceFetch('library');
      } catch (error) {
        forget();
        // The workshop's own OpenSearch may come back at another port.
        if (isAway(error) || client === undefined) await disconnect();
        throw error;
      }
    },
    close: disconnect,
  };
}
