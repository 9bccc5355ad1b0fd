// Runs the test files with Node's own runner, all with one OpenSearch, and prints how many tests passed and failed.
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { repositoryRoot } from '../workshop/settings';
import { testOpenSearchUrl } from './support/test-opensearch';

/** Begun first, in this order, what takes longest leaves no core idle at the end. */
const longest = [
  ...['workshop', 'code-style', 'browser', 'local-opensearch', 'secure-opensearch', 'ingest', 'search-page-browser'],
  ...['upload-process', 'search-page-load', 'setup', 'local-opensearch-machine', 'node-dies', 'photo-map', 'notebooks'],
  ...['taken-along', 'search-command', 'search-page-server', 'bench', 'judging', 'fetch-photos', 'model-cache'],
];

/** Test files that run at once. Each may start an OpenSearch, of half a gigabyte. */
const lanes = Math.min(4, Math.max(2, availableParallelism()));

/** The test files, or those with one of `words` in their names. */
async function testFiles(words: string[]): Promise<string[]> {
  const names = (await readdir(__dirname)).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? []);
  const wanted = names.filter((name) => words.length === 0 || words.some((word) => `${name}.test.ts`.includes(word)));
  const first = longest.filter((name) => wanted.includes(name));
  return [...new Set([...first, ...wanted])].map((name) => path.join(__dirname, `${name}.test.ts`));
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const files = await testFiles(words);
  if (files.length === 0) throw new Error(`No test file has ${words.join(' or ')} in its name.`);
  process.chdir(repositoryRoot);
  process.env.TEST_OPENSEARCH_URL = await testOpenSearchUrl();

  let [passed, skipped] = [0, 0];
  const failures: string[] = [];
  const tests = run({ files, concurrency: lanes, timeout: 1_800_000, forceExit: true });
  // A suite's tests are counted, not the suite, unless it fails by itself.
  tests.on('test:pass', ({ details, skip, todo }) => {
    if (details.type === 'suite') return;
    if (skip === undefined && todo === undefined) passed++;
    else skipped++;
  });
  tests.on('test:fail', ({ file = '', name }) => failures.push(`${path.relative(repositoryRoot, file)}: ${name}`));
  for await (const text of tests.compose(new spec())) process.stdout.write(text as string);

  for (const failure of failures) console.log(`failed: ${failure}`);
  const more = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${passed} passed, ${failures.length} failed${more}`);
  process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
