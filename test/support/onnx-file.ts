// ONNX files of a few operations, made by hand: the field numbers are those of onnx.proto.

/** A dimension: a number, or a name where it may vary. */
type Dimension = number | string;

export interface OnnxValue {
  name: string;
  type: 'float32' | 'int64';
  shape: Dimension[];
}

export interface OnnxNode {
  operator: string;
  inputs: string[];
  output: string;
  /** Attributes that are lists of whole numbers, or one. */
  attributes?: Record<string, number | number[]>;
}

export interface OnnxWeights {
  name: string;
  shape: number[];
  values: Float32Array;
}

export interface OnnxGraph {
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  nodes: OnnxNode[];
  weights: OnnxWeights[];
}

export function onnxFile({ inputs, outputs, nodes, weights }: OnnxGraph): Buffer {
  const graph = [
    ...nodes.map((node) => field(1, nodeOf(node))),
    field(2, 'graph'),
    ...weights.map((tensor) => field(5, tensorOf(tensor))),
    ...inputs.map((value) => field(11, valueOf(value))),
    ...outputs.map((value) => field(12, valueOf(value))),
  ];
  const [irVersion, operators] = [8, 13];
  return join([whole(1, irVersion), field(7, join(graph)), field(8, whole(2, operators))]);
}

function nodeOf({ operator, inputs, output, attributes = {} }: OnnxNode): Buffer {
  return join([
    ...inputs.map((name) => field(1, name)),
    field(2, output),
    field(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      field(
        5,
        Array.isArray(value)
          ? join([field(1, name), ...value.map((one) => whole(8, one)), whole(20, 7)])
          : join([field(1, name), whole(3, value), whole(20, 2)]),
      ),
    ),
  ]);
}

function tensorOf({ name, shape, values }: OnnxWeights): Buffer {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return join([...shape.map((size) => whole(1, size)), whole(2, elementTypes.float32), field(8, name), field(9, raw)]);
}

function valueOf({ name, type, shape }: OnnxValue): Buffer {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? whole(1, size) : field(2, size)));
  const tensor = join([whole(1, elementTypes[type]), field(2, join(dimensions))]);
  return join([field(1, name), field(2, field(1, tensor))]);
}

const elementTypes = { float32: 1, int64: 7 };

/** A protobuf field with a length. */
function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string);
  return join([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** A protobuf field with a whole number. */
function whole(number: number, value: number): Buffer {
  return join([varint(number << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

function join(parts: Buffer[]): Buffer {
  return Buffer.concat(parts);
}
