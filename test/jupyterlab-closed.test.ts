import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLines } from './support/command-lines';
import { startJupyterLab } from './support/jupyterlab';

const skip = !commandLines() && 'needs /proc, to see the processes';

for (const [what, signal] of [
  ['a terminal that is closed', 'SIGHUP'],
  ['Ctrl-C', 'SIGINT'],
] as const) {
  test(`${what} ends npm start and every kernel that it started`, { skip }, async (t) => {
    const lab = await startJupyterLab({}, { ownTerminal: true });
    t.after(() => lab.stop());
    const started = await fetch(`${lab.url}/api/kernels`, {
      method: 'POST',
      headers: { authorization: `token ${lab.token}` },
      body: JSON.stringify({ name: 'tsws' }),
    });
    assert.equal(started.status, 201);
    const { id } = (await started.json()) as { id: string };
    const runs = () => Boolean(commandLines()?.some((line) => line.includes(id)));
    assert.equal(await becomes(runs, true), true, 'the kernel has begun');

    await lab.fromTerminal(signal);
    assert.equal(await becomes(runs, false), false, 'the kernel has ended');
    await assert.rejects(fetch(lab.url), 'the server has ended');
  });
}

/** Waits for up to 30 s, then tells what is. */
async function becomes(what: () => boolean, wanted: boolean): Promise<boolean> {
  for (let waited = 0; waited < 60 && what() !== wanted; waited++) await sleep(500);
  return what();
}
