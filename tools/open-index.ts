import type { Client } from '@opensearch-project/opensearch';
import { loadClip, type Clip } from '../lib/clip';
import { indexModel } from '../lib/opensearch/index-model';
import { fetchModel } from '../clip-model/fetch-model';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readSettings, type Settings } from '../workshop/settings';

/** What every search from the terminal begins with. */
interface OpenIndex {
  settings: Settings;
  client: Client;
  /** The model that the index names. */
  clip: Clip;
  /** A sentence about the model for the reader. */
  notice?: string;
}

/**
 * Connects as the settings say, and loads the model that made the index's vectors.
 *
 * @throws PhotoSearchError saying what is missing: the cluster, the index, or the model
 */
export async function openIndex(): Promise<OpenIndex> {
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  const files = await fetchModel(await indexModel(client, settings.indexName), settings);
  return { settings, client, clip: await loadClip(files), notice: files.notice };
}
