import path from 'node:path';

/** The folder that a model's relative name, such as `models/pocket-clip`, starts from: the repository. */
export const modelRoot = path.resolve(__dirname, '..');
