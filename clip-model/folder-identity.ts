import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { textDimension } from './text-dimension';
import { PhotoSearchError } from '../lib/errors';
import { hashFile } from '../lib/photos';
import { type Dtype, readModelConfig, type Tower, towerDtypes, weightsFile } from '../lib/model/model-config';
import { configPaths, modelPaths, usualDtypes } from './model-paths';
import { type ModelIdentity, preprocessingVersion } from '../lib/model/model-identity';
import { modelRoot } from './built-in-model';
import { assertWholeFiles, weightsBeside } from './assert-whole-files';

/**
 * The identity of a model in a local folder. Its revision is made of the contents of all files in use, read again
 * each time (about a second for 1 GB): vectors made before and after an edit never mix.
 *
 * @param folder absolute path
 * @param dtype absent: for each tower the most exact one that is there
 * @throws PhotoSearchError naming what is missing or damaged, and what is there instead
 */
export async function folderIdentity(folder: string, dtype?: string): Promise<ModelIdentity> {
  const model = folderName(folder);
  await assertWholeFiles(folder, configPaths);
  const config = await readModelConfig(folder);
  const chosen = dtype ?? (await bestDtype(folder, model));
  const paths = modelPaths(config, canonicalDtype(chosen));
  await assertWholeFiles(folder, paths);
  const hash = createHash('sha256');
  for (const { path: file, optional } of paths) {
    if (!existsSync(path.join(folder, file))) {
      if (optional) continue;
      throw new PhotoSearchError(await explainMissing(folder, model, file));
    }
    const beside = file.endsWith('.onnx') ? await weightsBeside(folder, file) : [];
    for (const one of [file, ...beside.filter((other) => !paths.some(({ path }) => path === other))]) {
      const { sha256 } = await hashFile(path.join(folder, one));
      hash.update(`${one} ${sha256}\n`);
    }
  }
  return {
    model,
    revision: `sha256:${hash.digest('hex').slice(0, 12)}`,
    dtype: canonicalDtype(chosen),
    preprocessing: preprocessingVersion,
    dimension: config.dimension ?? (await textDimension(folder, towerDtypes(chosen).text)),
  };
}

/** One way to write each choice: `q8`, not `text=q8,vision=q8`. */
export function canonicalDtype(dtype: string): string {
  const { text, vision } = towerDtypes(dtype);
  return text === vision ? text : `text=${text},vision=${vision}`;
}

/** Relative to the repository where inside it: a clone elsewhere has the same identity. */
export function folderName(folder: string): string {
  const relative = path.relative(modelRoot, folder);
  const inside = !relative.startsWith('..') && !path.isAbsolute(relative);
  return inside ? relative.split(path.sep).join('/') : folder;
}

async function bestDtype(folder: string, model: string): Promise<string> {
  const best = async (tower: Tower) => {
    const found = usualDtypes.find((dtype) => existsSync(path.join(folder, weightsFile(tower, dtype))));
    if (found !== undefined) return found;
    throw new PhotoSearchError(await explainMissing(folder, model, weightsFile(tower, 'fp32')));
  };
  return `text=${await best('text')},vision=${await best('vision')}`;
}

async function explainMissing(folder: string, model: string, file: string): Promise<string> {
  const there = (await readdir(path.join(folder, path.dirname(file))).catch(() => [] as string[]))
    .filter((name) => /\.(onnx|json)$/.test(name))
    .sort();
  const has = there.length === 0 ? 'neither .onnx nor .json files' : there.join(', ');
  const isThere = (dtype: Dtype) =>
    (['text', 'vision'] as const).every((tower) => existsSync(path.join(folder, weightsFile(tower, dtype))));
  const whole = usualDtypes.filter(isThere);
  const remedy = file.startsWith('onnx/')
    ? `set CLIP_DTYPE to what is there${whole.length > 0 ? ` (${whole.join(', ')})` : ''}; ` +
      'a CLIP needs text_model and vision_model as separate files.'
    : 'copy the whole model, in transformers.js layout.';
  return `${model} lacks ${file}; that folder has ${has}: ${remedy}`;
}
