import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Place, Wiring } from '../../app/library';
import { chooseModel } from '../../clip-model/choose-model';
import { fetchModel } from '../../clip-model/fetch-model';
import { connectOpenSearch } from '../../workshop/opensearch';
import type { Settings } from '../../workshop/settings';

/**
 * What the page in app/ needs, by the workshop's settings.
 *
 * @param readSettings asked again at each connection: who corrects `.env` need not start the page again
 * @param place what the page searches; by default the notebooks' index
 */
export function wiringBy(readSettings: () => Settings, place?: Place): Wiring {
  let settings = readSettings();
  return {
    ...(place ?? { index: settings.indexName, photosDir: settings.photosDir }),
    indexName: settings.indexName,
    limitPixels: settings.limitPixels,
    async connect(patience) {
      settings = readSettings();
      return connectOpenSearch(settings, { ...patience, notice: () => undefined });
    },
    chooseModel: async () => (await chooseModel(settings, { allowBuiltIn: true })).identity,
    fetchModel: (identity) => fetchModel(identity, settings),
    async drawMap(request, signal) {
      const program = ['--require=tsx/cjs', path.join(__dirname, 'map-process.ts'), JSON.stringify(request)];
      const env = { ...process.env, SERVICE_URI: settings.serviceUri ?? '' };
      await promisify(execFile)(process.execPath, program, { env, signal });
    },
  };
}
