// What people take home: the way from photos to a search, names only, in the order in which data flows.
export { adviseOnErrors, RequestError, PhotoSearchError, type ErrorCode } from './errors';
export { openClient, type ClientOptions } from './client';
export { describeModel, type ModelIdentity } from './index-model';
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
export { openPhoto, type OpenPhoto } from './open-photo';
export { photoFile } from './photos';
export { readPixels, type Pixels } from './pixels';
export { loadClip, type Clip } from './clip';
export { type ClipInput } from './clip-config';
export { embedPhotos, type EmbeddedPhoto } from './embed-photos';
export { uploadPhotos, type UploadOptions } from './upload';
export { uploadTable, UploadError, type UploadReport } from './upload';
export { photoHits, type PhotoHit } from './search';
export { searchPhotos, photoQuery, type PhotoQueryOptions } from './search';
export { type FilterClause } from './search';
export { photoGrid, type GridOptions } from './grid';
export { thumbnail } from './grid';
export { cosineFromScore, indexSpaceType, type SpaceType } from './search';
export { colourNames, type ColourName } from './photo-facts';
