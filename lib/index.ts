// What the notebooks import: names only, in the order in which data flows. Each file below is one idea.
export { readSettings, type Settings } from './settings';
export { WorkshopError } from './errors';
export { connectOpenSearch } from './opensearch';
export { chooseModel, type ChosenModel } from './model/choose-model';
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
export { cosineFromScore, indexSpaceType, type SpaceType } from './search/space-type';
export { searchPhotos, photoQuery, type PhotoQueryOptions } from './search';
export { type PhotoFilter } from './search/filter';
export { colourNames, type ColourName } from './photos/colours';
export { combineVectors, type WeightedVector } from './combine-vectors';
export { cosineSpread, readBackground, type Spread } from './background';
export { judgeHits, type JudgedHit, type Judgement, type Verdict } from './judge-hits';
export { photoSearch, type SearchRequest, type SearchResult } from './photo-search';
export { type SearchTerms, type Term, type WeightedTerm } from './search/terms';
export { unknownWordsNotice } from './unknown-words';
export { exampleQueries } from './model/example-queries';
export { photoGrid, type GridOptions } from './grid';
export { sideBySide } from './display/side-by-side';
export { thumbnail } from './display/thumbnail';
export { indexOwnPhotos, type OwnPhotos, type OwnPhotosOptions } from './own-photos';
export { findDuplicates, type Duplicates, type NearPair } from './duplicates';
export { groupsGrid } from './duplicates/groups-grid';
export { nearGroups } from './duplicates/groups';
export { thresholdTable } from './duplicates/threshold-table';
export { writeAlteredCopies } from './duplicates/altered-copies';
export { photoMap, type PhotoMapOptions } from './photo-map';
export { readJudgedSet, type JudgedSet } from './evaluation/judged-set';
export { evaluateQueries, type Evaluation } from './evaluation/evaluate-queries';
export { evaluationTable } from './evaluation/evaluation-table';
export { quickIndexLab, type QuickLabOptions } from './index-lab/quick-lab';
export { type LabResult } from './index-lab/lab-result';
