import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { repositoryRoot } from '../workshop/settings';
import { temporaryFolder } from './support/temporary-folder';

const run = promisify(execFile);
const bin = path.join(repositoryRoot, '.venv', 'bin');

/** As in a clone that VS Code opens: nothing says where kernels lie, and the user has none. */
function bareEnvironment(home: string): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('JUPYTER')),
  );
  return { ...env, HOME: home, JUPYTER_DATA_DIR: path.join(home, 'data') };
}

interface Listed {
  kernelspecs: Record<string, { resource_dir: string; spec: { argv: string[] } } | undefined>;
}

test('without JUPYTER_PATH, the kernel is listed by the jupyter of .venv, which is where VS Code looks', async (t) => {
  const env = bareEnvironment(temporaryFolder(t));
  const listing = ['-m', 'jupyter', 'kernelspec', 'list', '--json'];
  const { stdout } = await run(path.join(bin, 'python'), listing, { env, cwd: '/' });
  const found = (JSON.parse(stdout) as Listed).kernelspecs.tsws;
  assert.ok(found, stdout);
  const expected = path.join(repositoryRoot, '.venv', 'share', 'jupyter', 'kernels', 'tsws');
  assert.equal(found.resource_dir, expected);
  const committed = JSON.parse(
    readFileSync(path.join(repositoryRoot, 'jupyter/kernels/tsws/kernel.json'), 'utf8'),
  ) as { argv: string[] };
  const argv = committed.argv.map((part) =>
    part.replace('{resource_dir}', path.join(repositoryRoot, 'jupyter/kernels/tsws')),
  );
  assert.deepEqual(found.spec, { ...found.spec, ...committed, argv });
});

test('without JUPYTER_PATH, a notebook runs on it, from whatever folder', async (t) => {
  const home = temporaryFolder(t);
  const elsewhere = path.join(home, 'elsewhere');
  mkdirSync(elsewhere);
  const program = `
import nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell("import { readSettings } from './lib/index';\\nreadSettings({}, '').indexName")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name='tsws', timeout=120).execute()
print(cell.outputs)
`;
  const { stdout } = await run(path.join(bin, 'python'), ['-c', program], {
    ...{ env: bareEnvironment(home), cwd: elsewhere },
  });
  assert.match(stdout, /photos/);
});
