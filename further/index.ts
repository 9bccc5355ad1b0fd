// What the notebooks in further/ import, and the commands: names only.
export { cosineSpread, readBackground, type Spread } from './judging/background';
export { unknownWordsNotice } from './judging/unknown-words';
export { combineVectors, type WeightedVector } from './combinations/combine-vectors';
export { type JudgedHit, type Judgement, type Verdict } from './judging/judge-hits';
export { photoSearch, type SearchRequest, type SearchResult } from './combinations/photo-search';
export { type SearchTerms, type Term, type WeightedTerm } from './combinations/terms';
export { indexOwnPhotos, type OwnPhotos, type OwnPhotosOptions } from './own-photos/own-photos';
export { findDuplicates, type Duplicates, type NearPair } from './duplicates/duplicates';
export { groupsGrid } from './duplicates/groups-grid';
export { nearGroups } from './duplicates/groups';
export { thresholdTable } from './duplicates/threshold-table';
export { writeAlteredCopies } from './duplicates/altered-copies';
export { photoMap, type PhotoMapOptions } from './map/photo-map';
export { readJudgedSet, type JudgedSet } from './evaluation/judged-set';
export { evaluateQueries, type Evaluation } from './evaluation/evaluate-queries';
export { evaluationTable } from './evaluation/evaluation-table';
export { quickIndexLab, type QuickLabOptions } from './index-lab/quick-lab';
export { type LabResult } from './index-lab/lab-result';
