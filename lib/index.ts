// What people take home: the way from photos to a search, names only, in the order in which data flows.
export { RequestError, WorkshopError } from './errors';
export { describeModel, type ModelIdentity } from './model-identity';
export {
  createPhotoIndex,
  photoFields,
  photoIndexBody,
  type CreatedIndex,
  type PhotoIndexBody,
} from './photo-index';
export { explainIndex, planIndex, type IndexPlan, type IndexSize } from './index-plan';
export { indexModel } from './index-model';
export { findPhotos, type FoundPhotos, type Photo, type SkippedPhoto } from './photos';
export { readablePhotos } from './photos/readable-photos';
export { openPhoto, type OpenPhoto } from './photos/open-photo';
export { photoFile } from './photos/file';
export { readPixels, type Pixels } from './pixels';
export { loadClip, type Clip } from './clip';
export { type ClipInput } from './clip/input';
export { embedPhotos, type EmbeddedPhoto } from './embed-photos';
export { vectorPicture } from './display/vector-picture';
export { uploadPhotos, type UploadOptions } from './upload';
export { uploadTable, UploadError, type UploadReport } from './upload/report';
export { photoHits, type PhotoHit } from './photo-hit';
export { searchPhotos, photoQuery, type PhotoQueryOptions } from './search';
export { filterClauses, type FilterClause, type PhotoFilter } from './search/filter';
export { photoGrid, type GridOptions } from './grid';
export { thumbnail } from './display/thumbnail';
export { cosineFromScore, indexSpaceType, type SpaceType } from './search/space-type';
export { colourNames, type ColourName } from './photos/colours';
export { sideBySide } from './display/side-by-side';
