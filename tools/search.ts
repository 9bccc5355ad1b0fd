// npm run search -- "red flowers": the nearest photos, in the terminal.
import { builtInReminder, isBuiltIn } from '../clip-model/built-in-model';
import { otherModelNotice } from '../clip-model/other-model-notice';
import { photoSearch } from '../further/combinations/photo-search';
import { openIndex } from './open-index';
import { runScript } from './run-script';
import { understand } from './understand';
import { readCommandLine, usage } from './search/command-line';
import { showResult } from './search/show-result';

runScript(async () => {
  const command = understand(readCommandLine, usage);
  if (!command) return;
  const { settings, client, clip, notice } = await openIndex();
  const { indexName: index, photosDir, limitPixels } = settings;
  try {
    const search = photoSearch(clip, client, { index, photosDir, limitPixels });
    const result = await search(command.request);
    const otherModel = otherModelNotice(clip.identity, settings);
    if (otherModel !== undefined) console.error(otherModel);
    if (isBuiltIn(clip.identity)) console.error(`${builtInReminder} npm run doctor says how to get the real CLIP.`);
    await showResult(result, command, { photosDir, model: clip.identity.model, notice });
  } finally {
    await client.close();
  }
});
