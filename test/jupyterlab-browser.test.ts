import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startJupyterLab } from './support/jupyterlab';
import { temporaryFolder } from './support/temporary-folder';

test('npm start opens notebook 1 in a browser where there is a screen, with its token in no command line', async (t) => {
  const folder = temporaryFolder(t);
  const browser = path.join(folder, 'browser');
  const opened = path.join(folder, 'opened');
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${opened}'\n`);
  chmodSync(browser, 0o755);
  const screen = { CI: '', CODESPACES: '', SSH_CONNECTION: '', SSH_TTY: '', DISPLAY: ':0' };
  const lab = await startJupyterLab({ ...screen, BROWSER: browser });
  t.after(() => lab.stop());
  assert.match(lab.printed(), /It opens in your browser; if not, open this link/);
  for (let waited = 0; waited < 100 && !existsSync(opened); waited++) await sleep(200);
  const address = readFileSync(opened, 'utf8');
  assert.ok(!address.includes(lab.token), address);
  const page = readFileSync(fileURLToPath(address), 'utf8');
  const link = `${lab.url}/lab/tree/1-prepare-opensearch.ipynb?token=${lab.token}`;
  assert.ok(page.includes(link), page);
});
