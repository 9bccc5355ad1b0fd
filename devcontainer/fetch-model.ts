// updateContentCommand, after set-up: puts the model into the cache, where no notebook has to wait for it. Where it
// is unavailable, the container is made all the same: the notebooks say what to do.
import { chooseModel } from '../clip-model/choose-model';
import { fetchModel } from '../clip-model/fetch-model';
import { describeModel } from '../lib/model/model-identity';
import { readSettings } from '../workshop/settings';

async function main(): Promise<void> {
  const settings = readSettings();
  const { identity, notice } = await chooseModel(settings, { allowBuiltIn: true });
  if (notice !== undefined) console.log(notice);
  await fetchModel(identity, settings);
  console.log(`Ready: ${describeModel(identity)}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
});
