import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DownloadError } from '../download/error';
import { writeWhole } from '../download/write-whole';
import type { ModelSettings } from './download-model';
import { askHub } from './hub';
import { isCommit, type HubModel } from './name';

/**
 * The commit that a branch or tag of a model pointed to when it was first asked for here: vectors made before and
 * after a move of the branch must not mix, so the first answer is kept in the cache and the hub not asked again.
 * To take up a newer one, delete the file `refs/<branch>` in the model's folder of the cache, or name the commit.
 *
 * @throws DownloadError if the hub does not answer or has no such model or revision
 */
export async function settleRevision(
  model: HubModel,
  settings: ModelSettings,
  options: { patienceMs?: number } = {},
): Promise<HubModel> {
  if (isCommit(model.revision)) return model;
  const refs = path.join(settings.modelCache, ...model.id.split('/'), 'refs');
  const refFile = path.join(refs, encodeURIComponent(model.revision));
  const known = await readFile(refFile, 'utf8').catch(() => '');
  if (isCommit(known.trim())) return { ...model, revision: known.trim() };

  const { commit } = await askHub(model, 'config.json', settings, options);
  if (commit === undefined || !isCommit(commit)) {
    throw new DownloadError(
      'wrong',
      `${new URL(settings.hfEndpoint).host} does not say which commit '${model.revision}' of ${model.id} is: name ` +
        `one yourself, as CLIP_MODEL=${model.id}@<40 hexadecimal digits>.`,
    );
  }
  await mkdir(refs, { recursive: true });
  await writeWhole(refFile, commit + '\n');
  return { ...model, revision: commit };
}
