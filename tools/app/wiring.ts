import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Place, Wiring } from '../../app/library';
import { chooseModel } from '../../clip-model/choose-model';
import { fetchModel } from '../../clip-model/fetch-model';
import { showNotice, type Notice } from '../../console/notice';
import { connectOpenSearch } from '../../workshop/connect-opensearch';
import type { Settings } from '../../workshop/settings';

/**
 * What the page in app/ needs, by the workshop's settings.
 *
 * @param readSettings asked again at each connection: after a correction in `.env`, the page need not be started again
 * @param place what the page searches; by default the notebooks' index
 */
export function wiringBy(readSettings: () => Settings, place?: Place): Wiring {
  let settings = readSettings();
  const told = new Set<string>();
  /** In the terminal, once; but not about waits, which the page itself shows. */
  const tell: Notice = (sentence, until) => {
    if (until !== undefined || told.has(sentence)) return;
    told.add(sentence);
    showNotice(sentence);
  };
  return {
    ...(place ?? { index: settings.indexName, photosDir: settings.photosDir }),
    indexName: settings.indexName,
    limitPixels: settings.limitPixels,
    async connect(patience) {
      settings = readSettings();
      return connectOpenSearch(settings, { ...patience, notice: tell });
    },
    async chooseModel() {
      const { identity, notice } = await chooseModel(settings, { allowBuiltIn: true });
      if (notice !== undefined) tell(notice);
      return identity;
    },
    async fetchModel(identity) {
      const files = await fetchModel(identity, settings);
      if (files.notice !== undefined) tell(files.notice);
      return files;
    },
    async drawMap(request, signal) {
      // npm run was perhaps called in a folder from where there is no tsx.
      const program = [
        `--require=${require.resolve('tsx/cjs')}`,
        path.join(__dirname, 'map-process.ts'),
        JSON.stringify(request),
      ];
      const env = { ...process.env, SERVICE_URI: settings.serviceUri ?? '' };
      await promisify(execFile)(process.execPath, program, { env, signal });
    },
  };
}
