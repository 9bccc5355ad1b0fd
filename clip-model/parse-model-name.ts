import path from 'node:path';
import { PhotoSearchError } from '../lib/errors';
import { fromHome } from './from-home';
import { builtInFolder, builtInName, modelRoot } from './built-in-model';
import { isFolder } from './is-folder';

/** A model on the hub. */
export interface HubModel {
  /** `org/name` */
  id: string;
  /** A commit (40 hexadecimal digits), or a branch or tag that points to one. */
  revision: string;
}

/** Where a model comes from: the hub, or a folder (absolute path). */
type ModelSource = HubModel | { folder: string };

/**
 * Reads what CLIP_MODEL names: `built-in`; `org/name` or `org/name@revision` on the hub; or a folder, absolute or
 * relative to the repository. A name that could be on the hub means a folder, if there is one.
 *
 * @throws PhotoSearchError if it is none of these, or a folder that can't be looked at
 */
export function parseModelName(name: string): ModelSource {
  if (name === builtInName) return { folder: builtInFolder };
  const folder = path.resolve(modelRoot, fromHome(name));
  if (isFolder('CLIP_MODEL', folder)) return { folder };
  const hub = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w./-]+))?$/.exec(name);
  if (hub?.[1] !== undefined) return { id: hub[1], revision: hub[2] ?? 'main' };
  throw new PhotoSearchError(
    `CLIP_MODEL is '${name}': there is no folder ${folder}, and models on the hub have names like ` +
      `Xenova/clip-vit-base-patch32, or with a revision, like Xenova/clip-vit-base-patch32@main. ` +
      `The model in this repository is named ${builtInName}.`,
  );
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
