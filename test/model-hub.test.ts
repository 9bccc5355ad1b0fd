import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { loadClip } from '../lib/clip';
import { chooseModel } from '../clip-model/choose-model';
import { builtInFolder } from '../clip-model/built-in-model';
import { fetchModel } from '../clip-model/fetch-model';
import { startLoopbackHub } from './support/loopback-hub';
import { commit } from './support/model-scene';
import { temporaryFolder } from './support/temporary-folder';

test('a model from the hub gives the vectors that the same files give from a folder', async (t) => {
  const hub = await startLoopbackHub();
  t.after(() => hub.close());
  hub.addModel('org/demo', builtInFolder, commit);
  const settings = {
    hfEndpoint: hub.url,
    modelCache: path.join(temporaryFolder(t), 'cache'),
    clipModel: 'org/demo',
    clipDtype: 'q8',
  };
  const embed = async (clipModel: string) => {
    const { identity } = await chooseModel({ ...settings, clipModel });
    const clip = await loadClip(await fetchModel(identity, settings));
    const vector = await clip.embedText('a red sunset');
    await clip.dispose();
    assert.equal(vector.length, identity.dimension);
    return vector;
  };
  assert.deepEqual(await embed('org/demo'), await embed(builtInFolder));
});
