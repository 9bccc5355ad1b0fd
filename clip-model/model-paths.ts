import path from 'node:path';
import { type Dtype, type ModelConfig, type Tower, towerDtypes, weightsFile } from '../lib/model/model-config';

/** The number formats that CLIP_DTYPE may name, most exact first. */
export const usualDtypes = ['fp32', 'fp16', 'q8'] as const satisfies readonly Dtype[];

/** A file of a model: path inside its folder, and whether the model works without it. */
export interface ModelPath {
  path: string;
  optional?: boolean;
}

/** What must be there before anything else is known. */
export const configPaths: ModelPath[] = [{ path: 'config.json' }, { path: 'preprocessor_config.json' }];

/** All files that a model needs with weights of this `dtype`, and no others: small ones first. */
export function modelPaths(config: ModelConfig, dtype: string): ModelPath[] {
  return [
    ...configPaths,
    { path: 'tokenizer.json' },
    { path: 'tokenizer_config.json' },
    { path: 'special_tokens_map.json', optional: true },
    ...towerPaths(config, dtype, 'text'),
    ...towerPaths(config, dtype, 'vision'),
  ];
}

function towerPaths(config: ModelConfig, dtype: string, tower: Tower): ModelPath[] {
  const weights = weightsFile(tower, towerDtypes(dtype)[tower]);
  const chunks = externalFiles(config, path.basename(weights));
  const data = Array.from({ length: chunks }, (_, i) => `${weights}_data${i === 0 ? '' : `_${i}`}`);
  return [weights, ...data].map((file) => ({ path: file }));
}

/** In how many further files an ONNX file's weights are kept: as the library that loads them decides it. */
function externalFiles({ externalData }: ModelConfig, onnxFile: string): number {
  if (typeof externalData !== 'object' || externalData === null) return Number(externalData ?? 0);
  const base = onnxFile.replace(/(_model)_?\w*\.onnx$/, '$1');
  return Number(externalData[onnxFile] ?? externalData[base] ?? 0);
}
