// What notebooks 1, 2 and the first half of 3 import: names only, in the order in which data flows. Each file below is
// one idea. The second half of notebook 3 imports further.ts: a kernel takes seconds to read it, which few need.
export { readSettings, type Settings } from './settings';
export { WorkshopError } from './errors';
export { connectOpenSearch } from './opensearch';
export { chooseModel, type ChooseModelOptions, type ChosenModel } from './model/choose-model';
export { fetchModel, type ModelFiles } from './model/fetch-model';
export { describeModel, type ModelIdentity } from './model/identity';
export {
  createPhotoIndex,
  photoFields,
  photoIndexBody,
  type CreatedIndex,
  type PhotoIndexBody,
} from './photo-index';
export { indexModel } from './index-model';
export { findPhotos, type FoundPhotos, type Photo, type SkippedPhoto } from './photos';
export { readablePhotos } from './photos/readable-photos';
export { readPixels, type Pixels } from './pixels';
export { loadClip, type Clip } from './clip';
export { type ClipInput } from './clip/input';
export { embedPhotos, type EmbeddedPhoto } from './embed-photos';
export { vectorPicture } from './display/vector-picture';
export { interruptSignal } from './interrupt';
export { uploadPhotos, type UploadOptions } from './upload';
export { uploadTable, UploadError, type UploadReport } from './upload/report';
export { photoHits, type PhotoHit } from './photo-hit';
export { searchPhotos, photoQuery, type PhotoQueryOptions } from './search';
export { type PhotoFilter } from './search/filter';
export { cosineSpread, readBackground, type Spread } from './background';
export { unknownWordsNotice } from './unknown-words';
export { exampleQueries } from './model/example-queries';
export { photoGrid, type GridOptions } from './grid';
export { thumbnail } from './display/thumbnail';
export { showNotice } from './display/notice';
