// npx tsx tools/switch-model.ts: another model for the photos of an index, while searches go on.
import { parseArgs } from 'node:util';
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { createProgress } from '../console/progress';
import { switchModel } from '../further/switch-model/switch-model';
import { loadClip } from '../lib/clip';
import { PhotoSearchError } from '../lib/errors';
import { describeModel } from '../lib/model/model-identity';
import { indexModel } from '../lib/opensearch/index-model';
import { findPhotos } from '../lib/photos';
import { uploadTable } from '../console/upload-table';
import { interruptSignal } from '../workshop/interrupt';
import { connectOpenSearch } from '../workshop/connect-opensearch';
import { readCluster } from '../workshop/read-cluster';
import { readSettings } from '../workshop/settings';
import { runScript } from './run-script';
import { understand } from './understand';

const usage = `Usage: npx tsx tools/switch-model.ts [--drop-old] [--allow-missing]

  Moves the photos of INDEX_NAME to the model CLIP_MODEL (both in .env). It fills a new index while the old one answers
  searches, then switches the name to the new one. If it is interrupted, run it again: it continues. To go back, set
  CLIP_MODEL to the old model and run it again.

  --drop-old        deletes the old index after the switch, also later (then without CLIP_MODEL, too)
  --allow-missing   switches even if the files of some photos in the old index are gone
  --help`;

function readCommandLine() {
  const { values } = parseArgs({
    options: { 'drop-old': { type: 'boolean', default: false }, 'allow-missing': { type: 'boolean', default: false } },
  });
  return { keepOld: !values['drop-old'], allowMissing: values['allow-missing'] };
}

runScript(async () => {
  const commandLine = understand(readCommandLine, usage);
  if (!commandLine) return;
  const settings = readSettings();
  const client = await connectOpenSearch(settings);
  try {
    const signal = interruptSignal();
    // To drop what was kept, the model in use need not be named.
    const isNamed = settings.clipModel !== undefined || commandLine.keepOld;
    const identity = isNamed ? (await chooseModel(settings)).identity : await indexModel(client, settings.indexName);
    const clip = await loadClip(await fetchModel(identity, settings, { signal }));
    const { photos, notice } = await findPhotos(settings.photosDir);
    if (notice !== undefined) throw new PhotoSearchError(`Nothing is switched: ${notice}`);
    const progress = createProgress({ label: 'Photos', unit: 'photos', total: photos.length });
    const index = settings.indexName;
    const cluster = await readCluster(client, settings);
    const options = { ...commandLine, index, clip, photos, limitPixels: settings.limitPixels };
    const { now, kept, report } = await switchModel(client, { ...options, cluster, signal, progress });
    if (report) console.log(uploadTable(report));
    else progress.finish('nothing to switch');
    console.log(
      `'${index}' stands for '${now}' (${describeModel(identity)}).` +
        (kept.length === 0
          ? ''
          : ` Kept: '${kept.join("', '")}'; --drop-old deletes ${kept.length === 1 ? 'it' : 'them'}.`),
    );
  } finally {
    await client.close();
  }
});
