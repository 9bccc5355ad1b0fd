import path from 'node:path';
import { DownloadError } from '../download/error';
import { PhotoSearchError } from '../lib/errors';
import type { ClipFiles } from '../lib/model/clip-files';
import { readModelConfig } from '../lib/model/model-config';
import { configPaths, modelPaths } from './model-paths';
import { builtInName, builtInNotice, isBuiltIn, makeIndexAgain, modelRoot } from './built-in-model';
import { cacheFolder, ensureFiles, type FetchOptions, type ModelSettings } from './ensure-files';
import { isFolder } from './is-folder';
import { folderIdentity } from './folder-identity';
import { describeModel, type ModelIdentity, preprocessingVersion } from '../lib/model/model-identity';
import { otherModelNotice, type NamedModel } from './other-model-notice';
import { quickWeights } from './quick-weights';

/** A model on this machine, whole and checked. */
export interface ModelFiles extends ClipFiles {
  /** For the reader: that the settings name another model, or that it is the built-in one and how to get the real. */
  notice?: string;
}

/**
 * Exactly the model that `identity` names (which an index's `_meta` recorded), fetched from the hub if it is not in
 * the cache, with progress bars. With the model in the cache it makes no request.
 *
 * @throws PhotoSearchError if it is unavailable, or is no longer the same, saying what to do; the signal's reason once
 * that is aborted
 */
export async function fetchModel(
  identity: ModelIdentity,
  settings: ModelSettings & NamedModel,
  options: FetchOptions = {},
): Promise<ModelFiles> {
  if (identity.preprocessing !== preprocessingVersion) {
    throw new PhotoSearchError(
      `The index was made from photos prepared differently (${identity.preprocessing}; this version of the ` +
        `workshop uses ${preprocessingVersion}), so ${makeIndexAgain}.`,
    );
  }
  const folder = isInFolder(identity) ? await localModel(identity) : await cachedModel(identity, settings, options);
  const notices = [otherModelNotice(identity, settings), isBuiltIn(identity) ? builtInNotice : undefined].filter(
    (notice) => notice !== undefined,
  );
  return { folder, identity, readVisionWeights: quickWeights, notice: notices.join(' ') || undefined };
}

async function localModel(identity: ModelIdentity): Promise<string> {
  const folder = path.resolve(modelRoot, identity.model);
  if (!isFolder("The index's model", folder)) {
    throw new PhotoSearchError(
      `The index was made with the model in ${folder}, which is no longer there. Put it back, or ${makeIndexAgain}.`,
    );
  }
  const found = await folderIdentity(folder, identity.dtype);
  if (found.revision !== identity.revision || found.dimension !== identity.dimension) {
    throw new PhotoSearchError(
      `The files in ${folder} are not those that the index was made with (then ${describeModel(identity)}, now ` +
        `${describeModel(found)}). Put the old ones back, or ${makeIndexAgain}.`,
    );
  }
  return folder;
}

async function cachedModel(identity: ModelIdentity, settings: ModelSettings, options: FetchOptions): Promise<string> {
  const model = { id: identity.model, revision: identity.revision };
  const folder = cacheFolder(model, settings);
  try {
    await ensureFiles(model, configPaths, settings, options);
    const config = await readModelConfig(folder);
    await ensureFiles(model, modelPaths(config, identity.dtype), settings, options);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new DownloadError(
      error.problem,
      `The model that the index was made for, ${describeModel(identity)}, is unavailable: ${error.message} ` +
        `Or set CLIP_MODEL=${builtInName} in .env, for the small model in this repository, and ${makeIndexAgain}.`,
      { cause: error },
    );
  }
  return folder;
}

/** Whether the model lies in a folder of its owner's, rather than in the cache of what was downloaded. */
export function isInFolder({ revision }: ModelIdentity): boolean {
  return revision.startsWith('sha256:');
}
