// What people take home: the way from photos to a search, names only, in the order in which data flows.
export { adviseOnErrors, PhotoSearchError, type ErrorCode } from './errors';
export { openClient } from './client';
export { describeModel, indexModel, type ModelIdentity, preprocessingVersion } from './index-model';
export { createPhotoIndex, photoFields, photoIndexBody, planIndex } from './photo-index';
export type { CreatedIndex, IndexPlan, IndexSize, PhotoIndexBody } from './photo-index';
export { creditKeys, findPhotos, photoFile, systemLitter } from './photos';
export type { FoundPhotos, LeftOut, Photo, PhotoCredit, SkippedPhoto } from './photos';
export { colourNames, type ColourName } from './photo-facts';
export { openPhoto, type OpenPhoto, type OpenPhotoOptions } from './open-photo';
export { readPixels, type Pixels } from './pixels';
export type { ClipFiles, ClipInput, ReadWeights, Rgb } from './clip-config';
export { loadClip, type Clip, type EmbedTextOptions } from './clip';
export { embedPhotos, type EmbeddedPhoto } from './embed-photos';
export { problemLines, UploadError, uploadPhotos } from './upload';
export type { UploadOptions, UploadProgress, UploadReport } from './upload';
export { cosineFromScore, indexSpaceType, photoHits, photoQuery, searchPhotos } from './search';
export type { FilterClause, PhotoHit, PhotoQueryOptions, PhotoSearchResponse, SpaceType } from './search';
export { photoGrid, thumbnail, type GridOptions } from './grid';
