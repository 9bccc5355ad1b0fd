// npm test: all the set-up, then every test. `npm test -- grid upload` runs the files with these words in their names.
import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { repositoryRoot, setUp } from './setup.mjs';

await setUp();

const words = process.argv.slice(2);
const files = (await readdir(path.join(repositoryRoot, 'test')))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .map((name) => path.join('test', name));
if (files.length === 0) {
  console.error(`No test file has ${words.join(' or ')} in its name.`);
  process.exit(1);
}

const out = path.join(repositoryRoot, 'out');
const countsFile = path.join(out, 'test-counts.json');
await mkdir(out, { recursive: true });
await rm(countsFile, { force: true });

const runner = spawn(
  process.execPath,
  [
    '--import=tsx',
    '--test',
    '--test-concurrency=2',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/test-counts.mjs',
    `--test-reporter-destination=${countsFile}`,
    ...files,
  ],
  { cwd: repositoryRoot, stdio: 'inherit' },
);
/** @type {number} */
const exitCode = await new Promise((resolve) => {
  runner.on('exit', (code) => {
    resolve(code ?? 1);
  });
});

/** @type {{ passed: number, failed: number, skipped: number }} */
const { passed, failed, skipped } = JSON.parse(await readFile(countsFile, 'utf8'));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(exitCode !== 0 || failed > 0 || passed === 0 ? 1 : 0);
