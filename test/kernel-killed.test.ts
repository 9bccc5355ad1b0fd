import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPhotos } from '../lib/photos';
import { uploadPhotos } from '../lib/upload';
import { builtInClip } from './support/built-in-clip';
import { writePhotos } from './support/photo-files';
import { emptyPhotoIndex, testClient, wholeIndex } from './support/photo-indexes';
import { root, runNotebooks } from './support/run-notebooks';
import { silentProgress } from './support/silent-progress';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

test('a kernel that is killed (-9) in the middle of notebook 2 is told as such, and running the notebook again ends with the index of an undisturbed run', async (t) => {
  const client = await testClient();
  const folder = temporaryFolder(t);
  const photosDir = path.join(folder, 'photos');
  mkdirSync(photosDir);
  await writePhotos(photosDir, 250);
  const { photos } = await findPhotos(photosDir);
  const clip = await builtInClip();
  t.after(() => clip.dispose());
  const undisturbed = await emptyPhotoIndex(t, client, clip.identity);
  await uploadPhotos(client, { index: undisturbed, clip, photos, progress: silentProgress });
  const expected = await wholeIndex(client, undisturbed);
  assert.equal(expected.size, 250);

  const killed = await emptyPhotoIndex(t, client, clip.identity);
  const env = {
    SERVICE_URI: await testOpenSearchUrl(),
    ...{ INDEX_NAME: killed, PHOTOS_DIR: photosDir, CA_CERT: '', CLIP_MODEL: '', CLIP_DTYPE: '' },
  };
  const runSecond = () => runNotebooks([path.join(root, '2-process-and-upload.ipynb')], path.join(folder, 'out'), env);
  const running = runSecond();
  const ended = running.then(() => true);
  let done = 0;
  while (done === 0 && !(await Promise.race([ended, sleep(20, false)]))) {
    done = (await wholeIndex(client, killed)).size;
  }
  killKernelOf(killed);
  const { exitCode, printed } = await running;
  assert.equal(exitCode, 1);
  assert.match(printed, /The kernel stopped in the middle of a cell\..*CLIP_DTYPE=q8/s);

  const half = await wholeIndex(client, killed);
  assert.ok(half.size > 0 && half.size < 250, `${half.size} of 250 were in when it was killed`);
  const again = await runSecond();
  assert.equal(again.exitCode, 0, again.printed);
  assert.deepEqual(await wholeIndex(client, killed), expected);
});

/** The kernel is the one process of ours that has this index in its environment and `kernel` in its command. */
function killKernelOf(index: string): void {
  const list = execFileSync('ps', ['axewwo', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1e8 });
  const pids = list
    .split('\n')
    .filter((line) => /start\.cjs kernel /.test(line) && line.includes(` INDEX_NAME=${index} `))
    .map((line) => Number.parseInt(line, 10));
  assert.equal(pids.length, 1, 'the kernel is found');
  process.kill(pids[0] ?? 0, 'SIGKILL');
}
