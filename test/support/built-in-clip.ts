import { builtInFolder } from '../../clip-model/built-in-model';
import { folderIdentity } from '../../clip-model/folder-identity';
import { loadClip, type Clip } from '../../lib/clip';

/** The model in this repository, opened. */
export async function builtInClip(): Promise<Clip> {
  return loadClip({ folder: builtInFolder, identity: await folderIdentity(builtInFolder) });
}
