import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(__dirname, '..');

/** Runs a tool of node_modules in the repository; fails with what it printed. */
function passes(script: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [path.join('node_modules', script), ...args],
      { cwd: root },
      (error, stdout, stderr) => {
        if (error) reject(new assert.AssertionError({ message: `${stdout}${stderr}` }));
        else resolve();
      },
    );
  });
}

test('everything compiles in strict mode', () =>
  passes('typescript/bin/tsc', ['--noEmit', '-p', '.']));

test("lib/ compiles with the kernel's own TypeScript and settings, without which no notebook runs its first cell", () => {
  const files = readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join('lib', file));
  const settings =
    '--noEmit --declaration --target es2022 --lib es2022 --module esnext --moduleResolution node ' +
    '--resolveJsonModule --esModuleInterop --skipLibCheck --types node';
  return passes('@tslab/typescript-for-tslab/bin/tsc', [...settings.split(' '), ...files]);
});

test('the linter has nothing to say', () => passes('eslint/bin/eslint.js', ['.']));

test('all files are formatted', () =>
  passes('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']));
