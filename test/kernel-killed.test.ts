import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { testClient, wholeIndex } from './support/photo-indexes';
import { root, runNotebooks, type NotebookRun } from './support/run-notebooks';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';
import { writePhotos } from './support/photo-files';

test('a kernel that is killed (-9) in the middle of notebook 2 is told as such, and running the notebook again ends with the index of an undisturbed run', async (t) => {
  const client = await testClient();
  const folder = temporaryFolder(t);
  const photosDir = path.join(folder, 'photos');
  mkdirSync(photosDir);
  await writePhotos(photosDir, 250);
  const indexes = ['test-kernel-undisturbed', 'test-kernel-killed'] as const;
  const [undisturbed, killed] = indexes;
  const removeAll = () => client.indices.delete({ index: [...indexes], ignore_unavailable: true });
  await removeAll();
  t.after(removeAll);
  const url = await testOpenSearchUrl();
  const run = (index: string, ...numbers: number[]): Promise<NotebookRun> =>
    runNotebooks(
      numbers.map((number) => path.join(root, notebooks[number - 1] ?? '')),
      path.join(folder, index),
      { SERVICE_URI: url, CA_CERT: '', INDEX_NAME: index, PHOTOS_DIR: photosDir, ...builtInModel },
    );

  const first = await run(undisturbed, 1, 2);
  assert.equal(first.exitCode, 0, first.printed);
  const expected = await wholeIndex(client, undisturbed);
  assert.equal(expected.size, 250);

  const begun = await run(killed, 1);
  assert.equal(begun.exitCode, 0, begun.printed);
  const running = run(killed, 2);
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
  const again = await run(killed, 2);
  assert.equal(again.exitCode, 0, again.printed);
  assert.deepEqual(await wholeIndex(client, killed), expected);
});

const notebooks = ['1-prepare-opensearch.ipynb', '2-process-and-upload.ipynb'];
const builtInModel = { CLIP_MODEL: 'models/pocket-clip', CLIP_DTYPE: '' };

/** The kernel is the one process of ours that has this index in its environment and `kernel` in its command. */
function killKernelOf(index: string): void {
  const list = execFileSync('ps', ['axewwo', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const pids = list
    .split('\n')
    .filter((line) => /start\.cjs kernel /.test(line) && line.includes(` INDEX_NAME=${index} `))
    .map((line) => Number.parseInt(line, 10));
  assert.equal(pids.length, 1, 'the kernel is found');
  process.kill(pids[0] ?? 0, 'SIGKILL');
}
