import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { weightsFile } from '../../lib/clip-config';
import { writeDummyModel } from './dummy-model';
import { startLoopbackHub, type LoopbackHub } from './loopback-hub';
import { temporaryFolder } from './temporary-folder';

export const commit = 'c0ffee'.padEnd(40, '0');

/** Settings as far as the model needs them. */
export interface SceneSettings {
  hfEndpoint: string;
  hfToken?: string;
  modelCache: string;
  clipModel?: string;
  clipDtype?: string;
}

export interface ModelScene {
  hub: LoopbackHub;
  /** What the hub serves as `org/clip`. */
  served: string;
  settings: SceneSettings;
}

/** A loopback hub with a dummy model, an empty cache, and settings that name both. */
export async function modelScene(
  t: TestContext,
  model: Parameters<typeof writeDummyModel>[1] = {},
): Promise<ModelScene> {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  const folder = temporaryFolder(t);
  const served = path.join(folder, 'served');
  writeDummyModel(served, model);
  hub.addModel('org/clip', served, commit);
  const modelCache = path.join(folder, 'cache');
  return { hub, served, settings: { hfEndpoint: hub.url, modelCache, clipModel: 'org/clip' } };
}

/** Whether a folder holds the same bytes as the served one, for all files that an fp32 model needs. */
export function sameFiles(folder: string, served: string): boolean {
  const names = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const weights = [weightsFile('text', 'fp32'), weightsFile('vision', 'fp32')];
  return [...names, ...weights].every((name) => {
    const file = path.join(folder, name);
    return existsSync(file) && readFileSync(file).equals(readFileSync(path.join(served, name)));
  });
}
