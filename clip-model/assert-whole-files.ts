import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { protobufFields, type ProtobufField } from './protobuf';
import { PhotoSearchError } from '../lib/errors';
import { shellWord } from '../console/shell-word';
import type { ModelPath } from './model-paths';

// Field numbers of onnx.proto.
const modelGraph = 7;
const graphInitializer = 5;
const tensorExternalData = 13;

/** What to do about a damaged file. (One that was downloaded is checked, and fetched again, before this.) */
const copyAgain = 'copy or download it again';

/**
 * Checks that files of a model are what their names say, at the cost of reading a few bytes of each: no Git LFS pointer, no
 * web page, no ONNX file that is cut off, and no further file of weights (`.onnx_data`) that is shorter than the ONNX
 * file says. Missing files are not reported.
 *
 * @throws PhotoSearchError naming the first such file, what it is, and what to do
 */
export async function assertWholeFiles(folder: string, paths: ModelPath[]): Promise<void> {
  for (const { path: name } of paths) {
    const file = path.join(folder, name);
    const damage = await damageOf(file);
    if (damage !== undefined) {
      throw new PhotoSearchError(
        damage.isPointer
          ? `${file} ${damage.says}: run \`git -C ${shellWord(folder)} lfs pull\`, which needs git-lfs to be installed.`
          : `${file} ${damage.says}: ${copyAgain}.`,
      );
    }
  }
}

/** The end of a sentence that begins with the file's name. */
interface Damage {
  says: string;
  isPointer?: boolean;
}

type Span = Pick<ProtobufField, 'start' | 'end'>;

async function damageOf(file: string): Promise<Damage | undefined> {
  const handle = await open(file).catch((error: unknown) => {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new PhotoSearchError(`${file} can't be read (${code}): make it readable for this user.`, { cause: error });
  });
  try {
    return handle && (await lookInto(handle, file));
  } finally {
    await handle?.close();
  }
}

async function lookInto(handle: FileHandle, file: string): Promise<Damage | undefined> {
  const { size } = await handle.stat();
  if (size === 0) return { says: 'is empty' };
  const beginning = (await readAt(handle, 0, 300)).toString('latin1');
  // https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
  if (beginning.startsWith('version https://git-lfs.github.com/spec/')) {
    const bytes = Number(/^size (\d+)$/m.exec(beginning)?.[1]);
    const whole = Number.isNaN(bytes) ? '' : ` (${bytes.toLocaleString('en')} bytes)`;
    return { says: `is a Git LFS pointer instead of the file itself${whole}`, isPointer: true };
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(beginning)) {
    return { says: 'is a web page instead of the file itself' };
  }
  if (file.endsWith('.onnx')) return onnxDamage(handle, size, file);
  return undefined;
}

/** An ONNX file is a protobuf message: the lengths of its few fields must add up to the file's. */
async function onnxDamage(handle: FileHandle, size: number, file: string): Promise<Damage | undefined> {
  let graph: Span | undefined;
  for (let position = 0; position < size;) {
    const head = await readAt(handle, position, 32);
    const field = firstField(head);
    if (!field || field.number === 0) {
      return { says: `is not a whole ONNX file (it is invalid from byte ${position} on)` };
    }
    if (position + field.end > size) {
      const needed = (position + field.end).toLocaleString('en');
      return { says: `is cut off: it has ${size.toLocaleString('en')} of at least ${needed} bytes` };
    }
    if (field.number === modelGraph) {
      graph = { start: position + field.start, end: position + field.end };
    }
    position += field.end;
  }
  if (!graph) return { says: 'is cut off: it is an ONNX file without a graph' };
  return externalDamage(file, graph);
}

function firstField(bytes: Uint8Array): ProtobufField | undefined {
  try {
    // Where the field ends is computed from its length; its value need not be among the bytes.
    for (const field of protobufFields(bytes, 0, Infinity)) return field;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** The files in which an ONNX file of a model has weights, as paths in `folder`: its `config.json` need not name them. */
export async function weightsBeside(folder: string, file: string): Promise<string[]> {
  const whole = path.join(folder, file);
  if ((await stat(whole)).size > largestWithExternalWeights) return [];
  const bytes = await readFile(whole);
  const graph = [...protobufFields(bytes)].find(({ number }) => number === modelGraph);
  const locations = graph ? externalSizes(bytes, graph).keys() : [];
  return [...locations].map((location) => path.join(path.dirname(file), location));
}

/** Files that have their weights elsewhere are small themselves. */
const largestWithExternalWeights = 50_000_000;

async function externalDamage(file: string, graph: Span): Promise<Damage | undefined> {
  if (graph.end > largestWithExternalWeights) return undefined;
  let sizes: Map<string, number>;
  try {
    sizes = externalSizes(await readFile(file), graph);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { says: 'is not a whole ONNX file (its graph is invalid)' };
  }
  for (const [location, needed] of sizes) {
    const beside = path.join(path.dirname(file), location);
    const size = (await stat(beside).catch(() => undefined))?.size;
    const damage = size === undefined ? { says: 'is missing' } : await damageOf(beside);
    const cut = `is cut off: it has ${size?.toLocaleString('en')} of at least ${needed.toLocaleString('en')} bytes`;
    const found = damage ?? (size !== undefined && size < needed ? { says: cut } : undefined);
    if (found) {
      return { ...found, says: `has its weights in ${location} beside it, which ${found.says}` };
    }
  }
  return undefined;
}

/** The files in which an ONNX file's weights lie, and how many bytes each must have. */
function externalSizes(bytes: Uint8Array, graph: Span): Map<string, number> {
  const text = ({ start, end }: Span) => Buffer.from(bytes.subarray(start, end)).toString();
  const sizes = new Map<string, number>();
  for (const tensor of protobufFields(bytes, graph.start, graph.end)) {
    if (tensor.number !== graphInitializer) continue;
    const entries = new Map<string, string>();
    for (const field of protobufFields(bytes, tensor.start, tensor.end)) {
      if (field.number !== tensorExternalData) continue;
      const [key, value] = [...protobufFields(bytes, field.start, field.end)];
      if (key && value) entries.set(text(key), text(value));
    }
    const location = entries.get('location');
    if (location === undefined) continue;
    const needed = Number(entries.get('offset') ?? 0) + Number(entries.get('length') ?? 0);
    sizes.set(location, Math.max(needed, sizes.get(location) ?? 0));
  }
  return sizes;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
