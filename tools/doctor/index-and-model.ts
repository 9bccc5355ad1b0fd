import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import { explainBlock } from '../../lib/opensearch/failed-request';
import { PhotoSearchError } from '../../lib/errors';
import { describeModel } from '../../lib/model/model-identity';
import { indexModel } from '../../lib/opensearch/index-model';
import { isIntact } from '../../clip-model/receipts';
import { chooseModel } from '../../clip-model/choose-model';
import { defaultModel } from '../../clip-model/default-model';
import { builtInKnows, isBuiltIn, realClipAdvice } from '../../clip-model/built-in-model';
import { cacheFolder, missingFiles } from '../../clip-model/ensure-files';
import { fetchModel, isInFolder } from '../../clip-model/fetch-model';
import { configPaths, modelPaths } from '../../clip-model/model-paths';
import { askHub } from '../../clip-model/ask-hub';
import { parseModelName, type HubModel } from '../../clip-model/parse-model-name';
import { settledRevision } from '../../clip-model/settle-revision';
import { readModelConfig } from '../../lib/model/model-config';
import { otherModelNotice } from '../../clip-model/other-model-notice';
import type { Settings } from '../../workshop/settings';
import { examine, note, warning, type Finding } from './finding.mjs';

/** The index: whether it can take photos, and which model made its vectors. */
export async function examineIndex(client: Client, settings: Settings): Promise<Finding> {
  const { indexName: index } = settings;
  return examine('Index', async () => {
    const exists = await client.indices.exists({ index });
    if (!exists.body) return note(`there is no '${index}' yet: notebook 1 makes it.`);
    const identity = await indexModel(client, index);
    const { body: blocks } = await client.indices.getSettings({ index, flat_settings: true });
    const [, block] = /"index\.blocks\.(\w+)":"true"/.exec(JSON.stringify(blocks)) ?? [];
    if (block !== undefined) {
      const named = block === 'read_only_allow_delete' ? 'disk usage exceeded' : `index.blocks.${block}`;
      throw new PhotoSearchError(explainBlock(`index [${index}] blocked by: [${named}]`, index) ?? named);
    }
    const { body } = await client.count({ index });
    const holds = `'${index}' holds ${body.count} photos, vectors of ${describeModel(identity)}`;
    const otherModel = otherModelNotice(identity, settings);
    if (isInFolder(identity)) await fetchModel(identity, settings); // says what is wrong with the folder
    if (otherModel !== undefined) return warning(`${holds}. ${otherModel}`);
    if (!isBuiltIn(identity)) return holds;
    const builtIn = `${holds}: the model in this repository (it knows ${builtInKnows}).`;
    return settings.clipModel === undefined
      ? warning(`${builtIn} It stands in for the real CLIP. ${realClipAdvice}`)
      : note(`${builtIn} ${realClipAdvice}`);
  });
}

/** The models that were downloaded, and whether they are still what was downloaded. */
export async function examineModelCache({ modelCache }: Settings): Promise<Finding> {
  return examine('Model cache', async () => {
    const receipts = await receiptFiles(modelCache);
    if (receipts.length === 0) return note(`empty (${modelCache}): the notebooks download what they need.`);
    const models: string[] = [];
    for (const receipt of receipts) {
      const folder = path.dirname(receipt);
      const files = Object.keys(JSON.parse(await readFile(receipt, 'utf8')) as object);
      const whole = await Promise.all(files.map((file) => isIntact(folder, file)));
      const damaged = files.filter((_, index) => !whole[index]);
      const model = path.relative(modelCache, folder);
      if (damaged.length > 0) {
        return note(`${model}: ${damaged.join(', ')} has changed since the download, and will be downloaded again.`);
      }
      models.push(model);
    }
    return models.join(', ');
  });
}

/** Whether the hub answers, if a model still has to come from it. */
export async function examineHub(settings: Settings): Promise<Finding> {
  return examine('Model hub', async () => {
    const model = settings.clipModel === undefined ? defaultModel : parseModelName(settings.clipModel);
    if ('folder' in model) {
      await chooseModel(settings); // says what is wrong with the folder
      return `not needed: the model is in ${model.folder}`;
    }
    const cached = await settledRevision(model, settings);
    if (cached && (await isWhole(cached, settings))) {
      return `not needed for ${model.id}, which is in the model cache`;
    }
    try {
      const firstAnswerMs = settings.clipModel === undefined ? 4_000 : undefined;
      await askHub(model, 'config.json', settings, { firstAnswerMs, onNotice: () => undefined });
      return `${new URL(settings.hfEndpoint).host} has ${model.id}`;
    } catch (error) {
      if (settings.clipModel !== undefined || !(error instanceof PhotoSearchError)) throw error;
      return warning(
        `${error.message} Until then notebook 1 uses the small model in this repository (it knows ${builtInKnows}).`,
      );
    }
  });
}

/** Whether the model's files are all in the cache, weights too. */
async function isWhole(model: HubModel, settings: Settings): Promise<boolean> {
  if ((await missingFiles(model, configPaths, settings)).length > 0) return false;
  const config = await readModelConfig(cacheFolder(model, settings));
  const missing = await missingFiles(model, modelPaths(config, settings.clipDtype ?? 'fp32'), settings);
  return missing.every(({ optional }) => optional === true);
}

async function receiptFiles(modelCache: string): Promise<string[]> {
  const names = await readdir(modelCache, { recursive: true }).catch(() => []);
  return names.filter((name) => path.basename(name) === 'downloaded.json').map((name) => path.join(modelCache, name));
}
