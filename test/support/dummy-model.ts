import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Files in the layout of a CLIP on the hub; the weights are random bytes, and cannot be run. */
export function writeDummyModel(
  folder: string,
  options: { weights?: string[]; config?: object; without?: string[] } = {},
): void {
  const weights = options.weights ?? ['text_model.onnx', 'vision_model.onnx'];
  const files: Record<string, string | Buffer> = {
    'config.json': JSON.stringify(options.config ?? { model_type: 'clip', projection_dim: 24 }),
    'preprocessor_config.json': '{"size":{"shortest_edge":224}}',
    'tokenizer.json': '{"model":{"type":"BPE"}}',
    'tokenizer_config.json': '{"tokenizer_class":"CLIPTokenizer"}',
    'special_tokens_map.json': '{}',
    'README.md': 'not needed',
    ...Object.fromEntries(weights.map((name) => [`onnx/${name}`, randomBytes(1_200_000)])),
  };
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (!options.without?.includes(name)) writeFileSync(path.join(folder, name), content);
  }
}
