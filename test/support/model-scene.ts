import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { weightsFile } from '../../lib/model/model-config';
import { startLoopbackHub } from './loopback-hub';
import { field } from './onnx-file';
import { temporaryFolder } from './temporary-folder';

export const commit = 'c0ffee'.padEnd(40, '0');

/** Settings as far as the model needs them. */
interface SceneSettings {
  hfEndpoint: string;
  hfToken?: string;
  modelCache: string;
  clipModel?: string;
  clipDtype?: string;
}

export type ModelScene = Awaited<ReturnType<typeof modelScene>>;

/** Files in the layout of a CLIP on the hub; the weights are random bytes in an ONNX file's frame, and cannot be run. */
export function writeDummyModel(folder: string, options: { weights?: string[]; config?: object } = {}): void {
  const weights = options.weights ?? ['text_model.onnx', 'vision_model.onnx'];
  const files: Record<string, string | Buffer> = {
    'config.json': JSON.stringify(options.config ?? { model_type: 'clip', projection_dim: 24 }),
    'preprocessor_config.json': '{"size":{"shortest_edge":224}}',
    'tokenizer.json': '{"model":{"type":"BPE"}}',
    'tokenizer_config.json': '{"tokenizer_class":"CLIPTokenizer"}',
    'special_tokens_map.json': '{}',
    'README.md': 'not needed',
    // A model (7: graph) > graph (5: initializer) > tensor (9: raw data).
    ...Object.fromEntries(
      weights.map((name) => [`onnx/${name}`, field(7, field(5, field(9, randomBytes(1_199_988))))]),
    ),
  };
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
}

/** A loopback hub with a dummy model, `served` as `org/clip`, an empty cache, and settings that name both. */
export async function modelScene(t: TestContext, model: Parameters<typeof writeDummyModel>[1] = {}) {
  const hub = await startLoopbackHub();
  const folder = temporaryFolder(t);
  const served = path.join(folder, 'served');
  writeDummyModel(served, model);
  hub.addModel('org/clip', served, commit);
  const modelCache = path.join(folder, 'cache');
  const settings: SceneSettings = { hfEndpoint: hub.url, modelCache, clipModel: 'org/clip' };
  return { hub, served, settings };
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
