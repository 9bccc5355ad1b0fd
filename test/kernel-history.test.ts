import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './support/run-notebooks';

const ask = `
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="tsws")
try:
    client.history(hist_access_type="tail", n=5)
    print(client.comm_info(reply=True, timeout=60)["content"])
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

test('asked for its history, as JupyterLab does, the kernel says nothing in the terminal, and answers what is asked next', async () => {
  const { stdout, stderr } = await promisify(execFile)(
    path.join(root, '.venv', 'bin', 'python'),
    ['-c', ask],
    { cwd: root, env: { ...process.env, JUPYTER_PATH: path.join(root, 'jupyter') } },
  );
  assert.equal(stdout, "{'comms': {}}\n");
  assert.equal(stderr, '');
});
