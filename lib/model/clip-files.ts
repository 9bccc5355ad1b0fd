// Types alone, for code that must not load transformers.js, nor have its 500 files of types read.
import type { ModelIdentity } from './model-identity';

/** Gives the weights in an ONNX file as onnxruntime takes them: the file's path, or bytes. */
export type ReadWeights = (file: string) => Promise<string | Uint8Array>;

/** A model's files on this machine, and which model they are. */
export interface ClipFiles {
  /** Absolute path of a folder in transformers.js's layout. */
  folder: string;
  identity: ModelIdentity;
  /** How the weights for photos are read. Default: onnxruntime reads the file. */
  readVisionWeights?: ReadWeights | undefined;
}
