// Runs the test files with Node's own runner, all with one OpenSearch, and prints how many tests passed and failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { repositoryRoot } from '../workshop/settings';
import { testOpenSearchUrl } from './support/test-opensearch';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
}

const countsFile = path.join(repositoryRoot, 'out', 'test-counts.json');

/** The test files, or those with one of `words` in their names. */
async function testFiles(words: string[]): Promise<string[]> {
  return (await readdir(__dirname))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .map((name) => path.join('test', name));
}

async function runFiles(files: string[], openSearchUrl: string): Promise<number> {
  const options = '--import=tsx --test --test-concurrency=2 --test-timeout=1800000 --test-force-exit'.split(' ');
  const reporters = ['spec', './test/counts-reporter.mjs'].flatMap((reporter) => [
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ]);
  const env = { ...process.env, TEST_OPENSEARCH_URL: openSearchUrl, TEST_COUNTS_FILE: countsFile };
  const args = [...options, ...reporters, ...files];
  const runner = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: 'inherit', env });
  const [code] = (await once(runner, 'exit')) as [number | null];
  return code ?? 1;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const files = await testFiles(words);
  if (files.length === 0) throw new Error(`No test file has ${words.join(' or ')} in its name.`);
  await mkdir(path.dirname(countsFile), { recursive: true });
  await rm(countsFile, { force: true });

  const exitCode = await runFiles(files, await testOpenSearchUrl());
  const { passed, failed, skipped, failures } = JSON.parse(await readFile(countsFile, 'utf8')) as Counts;
  for (const failure of failures) console.log(`failed: ${path.relative(repositoryRoot, failure)}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(exitCode !== 0 || failed > 0 || passed === 0 ? 1 : 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
