import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { builtInFolder } from '../clip-model/built-in-model';
import { folderIdentity } from '../clip-model/folder-identity';
import { furtherNotebooks } from '../maintain/notebook-cells';
import { cellsShow } from './support/cells-show';
import { emptyPhotoIndex, testClient } from './support/photo-indexes';
import { readExecuted, root, runNotebooks, shown, writeNotebook } from './support/run-notebooks';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const out = temporaryFolder();
let env: NodeJS.ProcessEnv;

before(async () => {
  // No hub: the built-in model serves, and nothing large is fetched.
  const model = { HF_ENDPOINT: 'http://127.0.0.1:9', MODEL_CACHE: path.join(out, 'models'), CLIP_MODEL: '' };
  env = { SERVICE_URI: await testOpenSearchUrl(), ...model, CLIP_DTYPE: '', CA_CERT: '' };
});

test('with an empty index every cell of notebook 3 and of the bonus ones says why it has nothing to show', async (t) => {
  const photosDir = path.join(out, 'none');
  await mkdir(photosDir);
  const client = await testClient();
  const empty = await emptyPhotoIndex(t, client, await folderIdentity(builtInFolder));
  const names = ['3-run-vector-search.ipynb', ...(await furtherNotebooks(root))];
  const cells = await cellsShow(names, { ...env, PHOTOS_DIR: photosDir, INDEX_NAME: empty });
  const sentences = {
    '3 search': /No photos found/,
    '3 score': /Photos in the index: 0\. A spread needs two/,
    '3 photo': /has no file in the photos folder to search with/,
    '4 verdict': /holds no photos yet/,
    '4 five-texts': /no photos/,
    '4 plus': /No photos found.*No photos found/,
    '4 filter-places': /inside: 0 photos/,
    '5 map': /No photos found/,
    '6 judged': /^0 of the 81 judged photos/m,
    '6 measure': /Nobody has judged/,
    '6 exact': /Fewer than 10 photos/,
  };
  for (const [id, sentence] of Object.entries(sentences)) assert.match(cells[id] ?? '', sentence, id);
});

/** Runs a notebook of these cells, and tells what it printed; it must end with an error. */
async function failing(cells: string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = await writeNotebook(path.join(out, 'failing.ipynb'), cells);
  const { exitCode, printed } = await runNotebooks([file], path.join(out, 'failed'), { ...env, ...more });
  assert.equal(exitCode, 1);
  return printed;
}

test('a promise that is rejected and that nobody awaits ends the run, with its message; a sentence about what was waited for has vanished before, as that is over, well or not', async () => {
  const waiting = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { showNotice } from './console/notice';
    showNotice('stays');
    showNotice('waiting', sleep(50));
    showNotice('waiting in vain', sleep(50).then(() => { throw new Error('gone'); }));
    await sleep(300);`;
  const rejected = `setTimeout(() => { void Promise.reject(new Error('lost')); }, 50); 1`;
  assert.match(await failing([waiting, rejected]), /lost/);
  const executed = await readExecuted(path.join(out, 'failed'), 'failing.ipynb');
  const { html, stderr } = shown(executed, 'c0');
  assert.match(html, />stays</);
  assert.doesNotMatch(html, /waiting/);
  assert.equal(stderr, '');
});

test('a kernel that can’t start or is killed (-9) ends the run, with what to do; it was found without JUPYTER_PATH, as in a clone that VS Code opens, by a notebook elsewhere', async (t) => {
  const home = temporaryFolder(t);
  const elsewhere = { JUPYTER_PATH: '', HOME: home, JUPYTER_DATA_DIR: path.join(home, 'data') };
  const finding = `import { readSettings } from './workshop/index'; console.log(readSettings({}, '').indexName);`;
  const killed = `process.kill(process.pid, 'SIGKILL'); await new Promise(() => undefined);`;
  const without = /^The kernel did not start \(.*\): npm run doctor says what is wrong\.$/m;
  assert.match(await failing([finding], { PATH: home }), without);
  const printed = await failing([finding, killed], elsewhere);
  assert.match(printed, /The kernel stopped in the middle of a cell\..*CLIP_DTYPE=q8/s);
  const executed = await readExecuted(path.join(out, 'failed'), 'failing.ipynb');
  assert.equal(shown(executed, 'c0').text, 'photos\n');
});

// Asks the kernel for its history, then runs three cells, interrupting the second as soon as it prints something.
const asked = `
import json, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="tsws")

def run(code, on_print=lambda: None):
    texts = []
    def show(message):
        if message["msg_type"] == "stream":
            if not texts:
                on_print()
            texts.append(message["content"]["text"])
    client.execute_interactive(code, output_hook=show, timeout=60)
    return "".join(texts)

try:
    client.history(hist_access_type="tail", n=5)
    answer = client.comm_info(reply=True, timeout=60)["content"]
    first, second, third = sys.argv[1:]
    printed = [run(first), run(second, on_print=manager.interrupt_kernel)]
    time.sleep(0.5)
    print(json.dumps([answer, *printed, run(third)]))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

test('asked for its history, as JupyterLab does, the kernel says nothing in the terminal, and answers what is asked next; interrupting a cell stops what it has started, and the kernel lives on', async () => {
  const cells = [
    `
    import { interruptSignal } from './workshop/interrupt';
    let ticks = 0;
    async function work(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        ticks++;
        if (ticks === 5) console.log('working');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }`,
    // As a cell calls uploadPhotos: the signal is asked for before the first `await`.
    'await work(interruptSignal());',
    `
    const before = ticks;
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log(before >= 5 && ticks === before ? 'at rest' : 'still working', interruptSignal().aborted);`,
  ];
  const env = { ...process.env, JUPYTER_PATH: path.join(root, 'jupyter') };
  const python = path.join(root, '.venv', 'bin', 'python');
  const { stdout, stderr } = await promisify(execFile)(python, ['-c', asked, ...cells], { cwd: root, env });
  assert.equal(stderr, '');
  const [answer, , interrupted, after] = JSON.parse(stdout) as [object, string, string, string];
  assert.deepEqual(answer, { comms: {} });
  assert.match(interrupted, /^working\n[^]*Interrupted/);
  assert.equal(after, 'at rest false\n');
});

test('what the kernel answers while its sockets are being bound waits until they are', async () => {
  const program = `
require('./jupyter/kernels/tsws/send-when-bound.cjs');
const { Publisher } = require('zeromq');
const socket = new Publisher();
const bound = socket.bind('tcp://127.0.0.1:*');
Promise.all([bound, socket.send('early')]).then(() => socket.close());
`;
  await promisify(execFile)(process.execPath, ['-e', program], { cwd: root });
});

/** What tslab makes of `cell`, and in how many ms of processor time, in a process that has required `modules` before. */
async function converted(cell: string, modules: string[], isReading = false) {
  const program = `
for (const name of ${JSON.stringify(modules)}) require('./jupyter/kernels/tsws/' + name + '.cjs');
const { createConverter } = require('tslab/dist/converter');
const converter = createConverter({ isJS: false, isBrowser: false });
const isRead = () => Object.keys(require.cache).some((file) => file.includes('transformers'));
function run() {
  if (${isReading} && !isRead()) return setTimeout(run, 100);
  const before = process.cpuUsage();
  const { diagnostics, sideOutputs } = converter.convert('', ${JSON.stringify(cell)});
  const { user } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ ms: user / 1000, diagnostics, sideOutputs }), () => process.exit());
}
run();
`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { cwd: root, maxBuffer: 1e8 });
  return JSON.parse(stdout) as { ms: number; diagnostics: { messageText: string }[]; sideOutputs: object[] };
}

test('what notebooks import is compiled once, and read while their reader reads: the first cell takes less time then, and finds all of it', async () => {
  const cell = "import { createPhotoIndex } from './lib/photo-index';";
  const usual = await converted(cell, []);
  const remembered = ['remember-compiled', 'warm-up'];
  await converted(cell, remembered);
  const [atOnce, later] = [await converted(cell, remembered), await converted(cell, remembered, true)];
  for (const { sideOutputs, diagnostics } of [atOnce, later]) {
    assert.deepEqual(sideOutputs, usual.sideOutputs);
    assert.deepEqual(diagnostics, []);
  }
  // Twice each: what else the machine does makes a processor slower, too.
  const [ms, msAtOnce] = [(await converted(cell, remembered, true)).ms, (await converted(cell, remembered)).ms];
  const times = [Math.min(later.ms, ms), Math.min(atOnce.ms, msAtOnce)] as const;
  assert.ok(times[0] < 0.8 * times[1], `${times[0]} ms of processor time, at once ${times[1]}`);
  assert.ok(times[1] < 0.7 * usual.ms, `${times[1]} ms of processor time, where all is compiled ${usual.ms}`);
});

test('an import that has changed, or what it imports, is checked and compiled again', async (t) => {
  const folder = path.join(root, 'out', 'remembered');
  await mkdir(folder, { recursive: true });
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'outer.ts'), "import { value } from './inner';\nexport const twice = 2 * value;\n");
  const compiled = async (inner: string) => {
    await writeFile(path.join(folder, 'inner.ts'), `export const value = ${inner};\n`);
    return converted("import { twice } from './out/remembered/outer';", ['remember-compiled']);
  };
  for (const inner of ['1', '2', '1']) {
    const { diagnostics, sideOutputs } = await compiled(inner);
    assert.deepEqual(diagnostics, []);
    assert.match(JSON.stringify(sideOutputs), new RegExp(`exports\\.value = ${inner};.*exports\\.twice = 2 \\* `));
  }
  const wrong = /The right-hand side of an arithmetic operation must be/;
  assert.match((await compiled("'text'")).diagnostics[0]?.messageText ?? '', wrong);
});
