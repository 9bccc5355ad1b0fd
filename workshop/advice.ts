import type { ErrorCode } from '../lib/errors';

const startOver = 'run notebook 1 with recreate set to true, then notebook 2';

/** What to do in the workshop about an error of lib/, which knows no notebooks, settings or commands. */
export const advice = {
  'index-missing': 'run notebook 1 first (1-prepare-opensearch.ipynb)',
  'index-unusable': `${startOver}, or set INDEX_NAME to another name`,
  'index-is-alias': 'set INDEX_NAME to the name of one index, or to another name',
  'index-replaced': startOver,
  'other-model': `${startOver}, or set CLIP_MODEL and CLIP_DTYPE to the index's`,
  'model-unusable':
    'set CLIP_MODEL to a CLIP in transformers.js layout, such as Xenova/clip-vit-base-patch32, and CLIP_DTYPE to a number format that it has',
  'model-damaged':
    'copy its folder again or, if it was downloaded, delete it, and it is downloaded again; if its files are whole, choose another CLIP_DTYPE or CLIP_MODEL',
  'folder-unusable': 'set PHOTOS_DIR in .env to the folder that holds your photos',
  'too-many-pixels': 'set MAX_MEGAPIXELS in .env to a larger limit',
  'no-direction': undefined,
} satisfies Record<ErrorCode, string | undefined>;
