import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJupyterLab } from './support/jupyterlab';

test('npm start twice at once: each link leads to a server of its own', async (t) => {
  const labs = await Promise.all([startJupyterLab({}), startJupyterLab({})]);
  t.after(() => Promise.all(labs.map((lab) => lab.stop())));
  assert.equal(new Set(labs.map(({ url }) => url)).size, 2);
  for (const { url, token } of labs) {
    const { status } = await fetch(`${url}/api/contents`, {
      headers: { authorization: `token ${token}` },
    });
    assert.equal(status, 200);
  }
});
