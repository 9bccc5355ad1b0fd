import { WorkshopError } from '../errors';

/** A CLIP is two models: one for texts, one for photos. */
export type Tower = 'text' | 'vision';

/** What each number format of the weights adds to the name of their file. */
const fileSuffixes = { fp32: '', fp16: '_fp16', q8: '_quantized', int8: '_int8', uint8: '_uint8' };

/** Number format of a tower's weights. */
export type Dtype = keyof typeof fileSuffixes;

/**
 * Reads `fp32` (both towers) or `text=fp32,vision=q8` (each its own).
 *
 * @throws WorkshopError if it is neither
 */
export function towerDtypes(dtype: string): Record<Tower, Dtype> {
  if (isDtype(dtype)) return { text: dtype, vision: dtype };
  const parts = new Map(dtype.split(',').map((part) => part.trim().split('=') as [string, string]));
  const [text, vision] = [parts.get('text') ?? '', parts.get('vision') ?? ''];
  if (parts.size === 2 && isDtype(text) && isDtype(vision)) return { text, vision };
  throw new WorkshopError(
    `CLIP_DTYPE=${dtype} is not known: use one of ${Object.keys(fileSuffixes).join(', ')}, ` +
      'or one per tower as in text=fp32,vision=q8.',
  );
}

/** Whether a tower calculates with 8-bit numbers, which are scaled separately in each run. */
export function isQuantised(dtype: Dtype): boolean {
  return dtype === 'q8' || dtype === 'int8' || dtype === 'uint8';
}

/** Path of a tower's weights inside the model's folder. */
export function weightsFile(tower: Tower, dtype: Dtype): string {
  return `onnx/${tower}_model${fileSuffixes[dtype]}.onnx`;
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(fileSuffixes, name);
}
