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

const [float32, int64] = [1, 7];

function node(operator: string, inputs: string[], output: string, ...attributes: Buffer[]): Buffer {
  const names = inputs.map((name) => field(1, name));
  return field(1, Buffer.concat([...names, field(2, output), field(4, operator), ...attributes]));
}

/** The mean over these axes, which go. */
function meanOver(axes: number[], input: string, output: string): Buffer {
  const over = Buffer.concat([field(1, 'axes'), ...axes.map((axis) => field(8, axis)), field(20, 7)]);
  const keepdims = Buffer.concat([field(1, 'keepdims'), field(3, 0), field(20, 2)]);
  return node('ReduceMean', [input], output, field(5, over), field(5, keepdims));
}

/** An input or output of any number of photos or texts; a size may have a name instead. */
function value(name: string, elementType: number, sizes: (number | string)[]): Buffer {
  const shape = ['batch_size', ...sizes].map((size) => field(1, field(typeof size === 'number' ? 1 : 2, size)));
  const tensor = Buffer.concat([field(1, elementType), field(2, Buffer.concat(shape))]);
  return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
}

/** @param numbers [numbers.length / width, width] */
function weights(name: string, numbers: Float32Array, width: number): Buffer {
  const sizes = [numbers.length / width, width].map((size) => field(1, size));
  return field(5, Buffer.concat([...sizes, field(2, float32), field(8, name), field(9, Buffer.from(numbers.buffer))]));
}

function model(...graph: Buffer[]): Buffer {
  const [irVersion, operators] = [8, 13];
  const parts = Buffer.concat([field(2, 'graph'), ...graph]);
  return Buffer.concat([field(1, irVersion), field(7, parts), field(8, field(2, operators))]);
}

/**
 * A text tower as OpenCLIP's own exports have it: it takes no attention mask, and a fixed number of tokens if one is
 * given. A text's vector is the mean of its tokens' rows in `words`, [tokens, dimension].
 */
export function textTower(words: Float32Array, dimension: number, fixedTokens?: number): Buffer {
  return model(
    node('Gather', ['words', 'input_ids'], 'rows'),
    meanOver([1], 'rows', 'text_embeds'),
    weights('words', words, dimension),
    field(11, value('input_ids', int64, [fixedTokens ?? 'sequence_length'])),
    field(12, value('text_embeds', float32, [dimension])),
  );
}

/** A tower for photos of one size. A photo's vector is its mean red, green and blue, times `colours`, [3, dimension]. */
export function visionTower(colours: Float32Array, dimension: number, size: number): Buffer {
  return model(
    meanOver([2, 3], 'pixel_values', 'means'),
    node('MatMul', ['means', 'colours'], 'image_embeds'),
    weights('colours', colours, dimension),
    field(11, value('pixel_values', float32, [3, size, size])),
    field(12, value('image_embeds', float32, [dimension])),
  );
}
