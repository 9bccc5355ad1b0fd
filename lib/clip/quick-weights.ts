import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makeWeightsSigned } from './signed-weights';

/**
 * Has a quantised model loaded with its weights signed (`makeWeightsSigned`) where that doubles its speed: on x64
 * processors with VNNI. On others it would cost accuracy, so there the model is loaded as it is.
 *
 * @param weights the model's ONNX file, a path inside `folder`
 * @param load reads the model in a folder of transformers.js's layout
 */
export async function loadQuickWeights<Model>(
  folder: string,
  weights: string,
  load: (folder: string) => Promise<Model>,
): Promise<Model> {
  if (!(await hasVnni())) return load(folder);
  const signed = await signedCopy(folder, weights).catch(() => undefined);
  if (signed === undefined) return load(folder);
  try {
    return await load(signed);
  } finally {
    await rm(signed, { recursive: true, force: true });
  }
}

/** @returns a temporary folder with the model, its weights signed; undefined if they are already, or cannot be */
async function signedCopy(folder: string, weights: string): Promise<string | undefined> {
  const model = await readFile(path.join(folder, weights));
  if (!makeWeightsSigned(model)) return undefined;
  const copy = await mkdtemp(path.join(os.tmpdir(), 'clip-signed-'));
  try {
    await mkdir(path.dirname(path.join(copy, weights)), { recursive: true });
    await writeFile(path.join(copy, weights), model);
    await copyFile(path.join(folder, 'config.json'), path.join(copy, 'config.json'));
    return copy;
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

/** Linux alone tells what the processor can do. */
async function hasVnni(): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /\bavx(512)?_vnni\b/.test(flags);
}
