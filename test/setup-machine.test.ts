import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withSetupLock } from '../tools/setup/lock.mjs';
import { checkDisk, checkMemory, checkNode, checkSystem } from '../tools/setup/machine.mjs';
import { findPython } from '../tools/setup/python.mjs';
import { startProcess } from './support/in-process';
import { temporaryFolder } from './support/temporary-folder';

const remedies = /Debian\/Ubuntu: .*macOS: /;

test('a Node that cannot run the kernel is named, with the remedy', () => {
  for (const version of ['18.20.8', '20.18.3', '21.7.3', '22.11.0']) {
    assert.throws(
      () => {
        checkNode(version);
      },
      ({ message }: Error) => message.includes(`this is ${version}`) && remedies.test(message),
    );
  }
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '23.0.0', '24.1.0']) checkNode(version);
});

test('Windows is sent to WSL or Codespaces', () => {
  assert.throws(
    () => {
      checkSystem('win32');
    },
    { message: /WSL.*Codespaces/ },
  );
  checkSystem('linux');
  checkSystem('darwin', 'arm64');
  assert.throws(() => {
    checkSystem('darwin', 'x64');
  }, /Macs with Intel processors/);
});

test('too little memory or disk is named with what is needed and what there is', () => {
  assert.throws(
    () => {
      checkMemory(1e9);
    },
    { message: /needs 2.0 GB of memory, this machine has 1.0 GB/ },
  );
  assert.throws(
    () => {
      checkDisk('/tmp', 1.7e9, 0.3e9);
    },
    { message: /needs 1.7 GB on the disk of \/tmp, 0.3 GB are free/ },
  );
});

test('a Python that is missing, too old or lacks venv is named, with the remedy', async (t) => {
  const folder = temporaryFolder(t);
  const pretend = (name: string, answer: string) => {
    const program = path.join(folder, name);
    writeFileSync(program, `#!/bin/sh\necho ${answer}\n`);
    chmodSync(program, 0o755);
    return program;
  };
  const before = process.env.PYTHON;
  t.after(() => {
    if (before === undefined) delete process.env.PYTHON;
    else process.env.PYTHON = before;
  });
  const cases: [python: string, problem: RegExp][] = [
    [path.join(folder, 'none'), /there is no .*none/],
    [pretend('older', '3 9 yes'), /is 3\.9/],
    [pretend('ancient', '2 7 yes'), /is 2\.7/],
    [pretend('bare', '3 11 no'), /lacks the modules venv and ensurepip/],
  ];
  for (const [python, problem] of cases) {
    process.env.PYTHON = python;
    await assert.rejects(findPython(), ({ message }: Error) => {
      assert.match(message, problem);
      assert.match(message, remedies);
      return true;
    });
  }
  process.env.PYTHON = pretend('good', '3 13 yes');
  assert.equal(await findPython(), process.env.PYTHON);
});

test('a lock whose process id belongs to another program by now is taken over', async (t) => {
  const file = path.join(temporaryFolder(t), 'setup.lock');
  writeFileSync(file, String(process.pid));
  const minuteAgo = new Date(Date.now() - 60_000);
  utimesSync(file, minuteAgo, minuteAgo);
  const work = async () => Promise.resolve('done');
  assert.equal(await withSetupLock(file, work, () => undefined), 'done');
});

test('a program that set-up runs ends when set-up is killed', async (t) => {
  const file = path.join(temporaryFolder(t), 'still-alive');
  const { child, ended } = startProcess(`
    import('@/tools/setup/run-program.mjs').then(({ runProgram }) =>
      runProgram(['sh', '-c', 'while :; do date > ${file}; sleep 0.1; done'], { cwd: '/' }));`);
  while (!existsSync(file)) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  await sleep(500);
  writeFileSync(file, 'untouched');
  await sleep(500);
  assert.equal(readFileSync(file, 'utf8'), 'untouched');
});
