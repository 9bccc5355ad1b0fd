import { readFile } from 'node:fs/promises';
import { protobufFields, type ProtobufField } from './protobuf';

/**
 * The weights in an ONNX file as onnxruntime is to take them. A quantised model is read with its weights signed
 * (`makeWeightsSigned`) where that doubles its speed: on x64 processors with VNNI. On others it would cost accuracy.
 *
 * @returns the file's path, or its bytes with signed weights
 */
export async function quickWeights(file: string): Promise<string | Uint8Array> {
  if (!/_quantized\.onnx$/.test(file) || !(await hasVnni())) return file;
  const model = await readFile(file);
  return makeWeightsSigned(model) ? model : file;
}

/** Linux alone tells what the processor can do. */
async function hasVnni(): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /\bavx(512)?_vnni\b/.test(flags);
}

// Field numbers of onnx.proto.
const modelGraph = 7;
const graph = { node: 1, initializer: 5 };
const node = { input: 1, opType: 4 };
const tensor = { dataType: 2, int32Data: 5, name: 8, rawData: 9 };
const uint8 = 2;
const int8 = 3;

interface Weights {
  dataType: ProtobufField;
  /** The values as bytes. */
  raw?: ProtobufField;
  /** The values as varints, which is how a single zero point is kept. */
  varints?: ProtobufField;
}

/**
 * Makes the unsigned 8-bit weights of a quantised ONNX model signed, in place: weights and zero points are lowered
 * by 128, which leaves each product of matrices the same to the last bit. onnxruntime from 1.30 on multiplies by
 * signed weights twice as fast, on processors that have the instructions for it (VNNI).
 *
 * @param model the bytes of the ONNX file
 * @returns false, with the bytes as they were, if there is nothing that can be made signed
 */
export function makeWeightsSigned(model: Uint8Array): boolean {
  const main = [...protobufFields(model)].find((field) => field.number === modelGraph);
  if (!main) return false;
  const pairs: [string, string | undefined][] = [];
  const otherUses = new Set<string>();
  const tensors = new Map<string, Weights>();
  for (const field of protobufFields(model, main.start, main.end)) {
    if (field.number === graph.node) {
      const { opType, inputs } = readNode(model, field);
      const [a, weights, zeroOfA, zeroPoint] = inputs;
      const others = opType === 'MatMulInteger' ? [a, zeroOfA] : inputs;
      for (const name of others) if (name !== undefined) otherUses.add(name);
      if (opType === 'MatMulInteger' && weights !== undefined) pairs.push([weights, zeroPoint]);
    } else if (field.number === graph.initializer) {
      const [name, weights] = readWeights(model, field);
      if (weights) tensors.set(name, weights);
    }
  }
  // Weights that the graph computes, and those that are signed already, are none of the tensors here.
  const signable = pairs.filter(([weights]) => tensors.has(weights));
  const names = new Set(signable.flat());
  const found = [...names].map((name) => (name === undefined ? undefined : tensors.get(name)));
  const all = found.filter((weights) => weights !== undefined);
  const usedElsewhere = [...names].some((name) => name !== undefined && otherUses.has(name));
  if (all.length === 0 || all.length < found.length || usedElsewhere) return false;
  for (const weights of all) makeSigned(model, weights);
  return true;
}

function readNode(model: Uint8Array, { start, end }: ProtobufField): { opType: string; inputs: string[] } {
  let opType = '';
  const inputs: string[] = [];
  for (const field of protobufFields(model, start, end)) {
    if (field.number === node.input) inputs.push(text(model, field));
    if (field.number === node.opType) opType = text(model, field);
  }
  return { opType, inputs };
}

/** @returns the tensor's name, and where its values are if they are unsigned bytes that can be changed in place */
function readWeights(model: Uint8Array, { start, end }: ProtobufField): [string, Weights | undefined] {
  let name = '';
  let dataType: ProtobufField | undefined;
  let raw: ProtobufField | undefined;
  let varints: ProtobufField | undefined;
  for (const field of protobufFields(model, start, end)) {
    if (field.number === tensor.name) name = text(model, field);
    if (field.number === tensor.dataType) dataType = field;
    if (field.number === tensor.rawData) raw = field;
    if (field.number === tensor.int32Data) varints = field;
  }
  const changeable = raw !== undefined || (varints && isOneVarint(model, varints));
  if (!dataType || model[dataType.start] !== uint8 || !changeable) return [name, undefined];
  return [name, { dataType, raw, varints }];
}

/** One packed number from 0 to 255: tag, length, and the one or two bytes of the number. */
function isOneVarint(model: Uint8Array, { from, start, end }: ProtobufField): boolean {
  const last = model[end - 1];
  return start - from === 2 && end - start <= 2 && last !== undefined && last < 0x80;
}

function makeSigned(model: Uint8Array, { dataType, raw, varints }: Weights): void {
  model[dataType.start] = int8;
  // To lower by 128 is to flip the highest bit.
  if (raw) {
    for (let i = raw.start; i < raw.end; i++) model[i] = (model[i] ?? 0) ^ 0x80;
  } else if (varints) {
    const { from, start, end } = varints;
    const value = ((model[start] ?? 0) % 128) + (end - start === 2 ? 128 * (model[start + 1] ?? 0) : 0);
    // Kept in as many bytes as before: as raw data of length 1, which may be written in two bytes as well.
    model.set([tensor.rawData * 8 + 2, ...(end - start === 2 ? [0x81, 0x00] : [1]), value ^ 0x80], from);
  }
}

function text(model: Uint8Array, { start, end }: ProtobufField): string {
  return Buffer.from(model.buffer, model.byteOffset + start, end - start).toString();
}
