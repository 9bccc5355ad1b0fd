import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DownloadError, explainDiskError } from '../download/error';
import { writeWhole } from '../download/write-whole';
import type { ModelSettings } from './ensure-files';
import { askHub, type HubPatience } from './ask-hub';
import { isCommit, type HubModel } from './parse-model-name';

/**
 * The commit that a branch or tag of a model pointed to when it was first asked for here: vectors made before and
 * after a move of the branch must not mix, so the first answer is kept in the cache and the hub not asked again.
 * To take up a newer one, delete the file `refs/<branch>` in the model's folder of the cache, or name the commit.
 *
 * @throws DownloadError if the hub does not answer or has no such model or revision, or the cache can't be written
 */
export async function settleRevision(
  model: HubModel,
  settings: ModelSettings,
  options: HubPatience = {},
): Promise<HubModel> {
  const known = await settledRevision(model, settings);
  if (known) return known;

  const { commit } = await askHub(model, 'config.json', settings, options);
  if (commit === undefined || !isCommit(commit)) {
    throw new DownloadError(
      'wrong',
      `${new URL(settings.hfEndpoint).host} does not say which commit '${model.revision}' of ${model.id} is: name ` +
        `one yourself, as CLIP_MODEL=${model.id}@<40 hexadecimal digits>.`,
    );
  }
  const file = refFile(model, settings);
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => {
    throw explainDiskError(file, error);
  });
  await writeWhole(file, commit + '\n');
  return { ...model, revision: commit };
}

/** The same, where it was asked for before; undefined where it was not. */
export async function settledRevision(
  model: HubModel,
  settings: Pick<ModelSettings, 'modelCache'>,
): Promise<HubModel | undefined> {
  if (isCommit(model.revision)) return model;
  const commit = (await readFile(refFile(model, settings), 'utf8').catch(() => '')).trim();
  return isCommit(commit) ? { ...model, revision: commit } : undefined;
}

function refFile({ id, revision }: HubModel, { modelCache }: Pick<ModelSettings, 'modelCache'>): string {
  return path.join(modelCache, ...id.split('/'), 'refs', encodeURIComponent(revision));
}
