import type { HubModel } from './parse-model-name';

/** The model that is used where CLIP_MODEL names none. */
export const defaultModel: HubModel = {
  id: 'Xenova/clip-vit-base-patch32',
  // Pinned: the same vectors for everyone and for ever, and bytes that can be checked.
  revision: 'd15189d7028b43f1d3e65039190477f6af591c2a',
};

/** SHA-256 of the default model's files, and of large ones the size in bytes. The hub tells those of other models. */
const defaultFiles: Record<string, { sha256: string; size?: number } | undefined> = {
  'config.json': { sha256: '493ef57ff783e42d1530c91b53469b7fdf8db8a9c1408e86998fcb7899a4f495' },
  'preprocessor_config.json': { sha256: '6f638fb9401a6d6296feff533ee7efe657b787c49f954f82f5906b36ef2a1b1f' },
  'tokenizer.json': { sha256: 'f7f3b7af117d467b58374797691a6438d3e6b9e9cef800dfd5dced7f697a90cd' },
  'tokenizer_config.json': { sha256: '60ba2912bc6344c94bc16bbdec27fa1209409167b6f2fdf3cfe9e65462ea3967' },
  'special_tokens_map.json': { sha256: 'c4864a9376a8401918425bed71fc14fc0e81f9b59ec45c1cf96cccb2df508eac' },
  'onnx/text_model.onnx': {
    sha256: '3f6571f5bad13a97c469c1622e1cfc4d9aef78b79fdbfcff804ca357bfada8cc',
    size: 254_058_553,
  },
  'onnx/text_model_quantized.onnx': { sha256: '73baab855d406190da9faa498cfedf65f15cf309f4cc7385b7b032e6d08e5c3a' },
  'onnx/vision_model_quantized.onnx': { sha256: '583fd1110a514667812fee7d684952aaf82a99b959760c8d7dca7e0ab9839299' },
  'onnx/vision_model.onnx': {
    sha256: 'fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40',
    size: 351_685_709,
  },
};

/** What a file must be, as far as it is pinned in this repository. */
export function pinnedFile(model: HubModel, file: string): { sha256: string; size?: number } | undefined {
  const isDefault = model.id === defaultModel.id && model.revision === defaultModel.revision;
  return isDefault ? defaultFiles[file] : undefined;
}
