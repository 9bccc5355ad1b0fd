import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './support/run-notebooks';
import { temporaryFolder } from './support/temporary-folder';

function python(args: string[], env: NodeJS.ProcessEnv, cwd = root) {
  return promisify(execFile)(path.join(root, '.venv', 'bin', 'python'), args, { cwd, env, timeout: 120_000 });
}

test('without JUPYTER_PATH, as in a clone that VS Code opens, a notebook runs on it, from whatever folder', async (t) => {
  const home = temporaryFolder(t);
  const elsewhere = path.join(home, 'elsewhere');
  mkdirSync(elsewhere);
  const variables = Object.entries(process.env).filter(([name]) => !name.startsWith('JUPYTER'));
  const program = `
import nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell("import { readSettings } from './workshop/index';\\nreadSettings({}, '').indexName")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name='tsws', timeout=120).execute()
print(cell.outputs)
`;
  const env = { ...Object.fromEntries(variables), HOME: home, JUPYTER_DATA_DIR: path.join(home, 'data') };
  assert.match((await python(['-c', program], env, elsewhere)).stdout, /photos/);
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
  const { stdout, stderr } = await python(['-c', asked, ...cells], env);
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
