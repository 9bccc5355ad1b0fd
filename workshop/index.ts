// What the notebooks import besides lib/: settings, connection, model, notices, progress and tables.
export { readSettings, repositoryRoot, type Settings } from './settings';
export { connectOpenSearch } from './connect-opensearch';
export { chooseModel, type ChooseModelOptions, type ChosenModel } from '../clip-model/choose-model';
export { fetchModel, type ModelFiles } from '../clip-model/fetch-model';
export { interruptSignal } from './interrupt';
export { exampleQueries } from '../clip-model/example-queries';
export { showNotice } from '../console/notice';
export { hitsTable } from '../console/hits-table';
export { createProgress, type Progress } from '../console/progress';
export { notebookAddress } from './notebook-address';
export { readablePhotos } from './readable-photos';
export { vectorPicture } from '../console/vector-picture';
export { sideBySide } from '../console/side-by-side';
