// Files in ONNX's frame, made by hand: the field numbers are those of onnx.proto.

/** A protobuf field: a message (or text), or a whole number. */
export function field(number: number, value: Buffer | string | number): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

/**
 * A text tower as OpenCLIP's own exports have it: it takes a fixed number of tokens and no attention mask. A text's
 * vector is the mean of its tokens' rows in `words`, [tokens, dimension].
 */
export function fixedTextTower(words: Float32Array, dimension: number, fixedTokens: number): Buffer {
  const node = (operator: string, inputs: string[], output: string, ...attributes: Buffer[]) =>
    field(
      1,
      Buffer.concat([...inputs.map((name) => field(1, name)), field(2, output), field(4, operator), ...attributes]),
    );
  const value = (name: string, elementType: number, size: number) => {
    const shape = [field(1, field(2, 'batch_size')), field(1, field(1, size))];
    const tensor = Buffer.concat([field(1, elementType), field(2, Buffer.concat(shape))]);
    return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
  };
  const [float32, int64] = [1, 7];
  const raw = Buffer.from(words.buffer);
  const sizes = [words.length / dimension, dimension].map((size) => field(1, size));
  const axes = field(5, Buffer.concat([field(1, 'axes'), field(8, 1), field(20, 7)]));
  const keepdims = field(5, Buffer.concat([field(1, 'keepdims'), field(3, 0), field(20, 2)]));
  const graph = [
    node('Gather', ['words', 'input_ids'], 'rows'),
    node('ReduceMean', ['rows'], 'text_embeds', axes, keepdims),
    field(2, 'graph'),
    field(5, Buffer.concat([...sizes, field(2, float32), field(8, 'words'), field(9, raw)])),
    field(11, value('input_ids', int64, fixedTokens)),
    field(12, value('text_embeds', float32, dimension)),
  ];
  const [irVersion, operators] = [8, 13];
  return Buffer.concat([field(1, irVersion), field(7, Buffer.concat(graph)), field(8, field(2, operators))]);
}
