import type { Client } from '@opensearch-project/opensearch';
import type { ClipFiles, ModelIdentity } from '../lib/index';
import type { MapRequest } from './draw-map';

/** What who starts the page gives it: the page itself knows lib/ and further/, but no settings and no other program. */
export interface Wiring {
  /** The index of the notebooks; that of a folder is named after it. */
  indexName: string;
  /** Most pixels of a photo that is read. */
  limitPixels?: number;
  /** Connects to OpenSearch; without `patience`, waits as long as an upload may. Both in ms. */
  connect: (patience?: { requestTimeoutMs: number; patienceMs: number }) => Promise<Client>;
  /** The model for an index that is to be made. */
  chooseModel: () => Promise<ModelIdentity>;
  /** The files of the model that an index names. */
  fetchModel: (identity: ModelIdentity) => Promise<ClipFiles>;
  /** Does `drawMap` in a process of its own, since it may take minutes. */
  drawMap: (request: MapRequest, signal: AbortSignal) => Promise<void>;
}
