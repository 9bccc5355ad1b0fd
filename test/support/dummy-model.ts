import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Files in the layout of a CLIP on the hub; the weights are random bytes in an ONNX file's frame, and cannot be run. */
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
    ...Object.fromEntries(weights.map((name) => [`onnx/${name}`, weightsOf(name)])),
  };
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (!options.without?.includes(name)) writeFileSync(path.join(folder, name), content);
  }
}

/** An ONNX file with nothing but one tensor: model (field 7: graph) > graph (5: initializer) > tensor (9: raw data). */
function weightsOf(name: string): Buffer {
  const size = 1_200_000;
  if (!name.endsWith('.onnx')) return randomBytes(size);
  return field(7, field(5, field(9, randomBytes(size - 12))));
}

/** A protobuf field with a length of less than 2 MiB. */
function field(number: number, value: Buffer): Buffer {
  const { length } = value;
  const varint = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
  return Buffer.concat([Buffer.of((number << 3) | 2, ...varint), value]);
}
