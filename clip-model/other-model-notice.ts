import { PhotoSearchError } from '../lib/errors';
import { isBuiltIn, makeIndexAgain } from './built-in-model';
import { describeModel, type ModelIdentity } from '../lib/model/model-identity';
import { canonicalDtype, folderName } from './folder-identity';
import { isCommit, parseModelName } from './parse-model-name';

/** The settings that name a model. */
export interface NamedModel {
  clipModel?: string;
  clipDtype?: string;
}

/**
 * Tells the reader if the settings name another model than the one that made an index's vectors. A search must use that
 * one: after a change of CLIP_MODEL, its results would otherwise be taken for the new model's.
 *
 * @param identity the index's model
 * @returns a sentence for the reader, or undefined
 */
export function otherModelNotice(identity: ModelIdentity, { clipModel, clipDtype }: NamedModel): string | undefined {
  const otherModel = clipModel !== undefined && !isNamed(clipModel, identity);
  // The built-in model, where it stands in, has its weights in one format only.
  const otherDtype = clipDtype !== undefined && !isBuiltIn(identity) && canonicalDtype(clipDtype) !== identity.dtype;
  const differing = [
    ...(otherModel ? [`CLIP_MODEL is ${clipModel}`] : []),
    ...(otherDtype ? [`CLIP_DTYPE is ${clipDtype}`] : []),
  ];
  if (differing.length === 0) return undefined;
  return (
    `${differing.join(' and ')}, but the index holds vectors of ${describeModel(identity)}, so the workshop uses that. ` +
    `To change it, ${makeIndexAgain}.`
  );
}

/** Whether `name`, the value of CLIP_MODEL, means this model; a branch or tag may mean any commit. */
function isNamed(name: string, { model, revision }: ModelIdentity): boolean {
  try {
    const named = parseModelName(name);
    if ('folder' in named) return folderName(named.folder) === model;
    return named.id === model && (!isCommit(named.revision) || named.revision === revision);
  } catch (error) {
    if (error instanceof PhotoSearchError) return false;
    throw error;
  }
}
