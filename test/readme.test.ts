import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { testClient } from './support/photo-indexes';
import { runToEnd } from './support/run-tool';
import { testOpenSearchUrl } from './support/test-opensearch';

const root = path.resolve(__dirname, '..');

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('README shows examples/sixty-lines.ts as it is, at most sixty lines', () => {
  const example = read('examples/sixty-lines.ts');
  assert.ok(read('README.md').includes(`\`\`\`ts\n${example}\`\`\``));
  assert.ok(example.split('\n').length - 1 <= 60);
});

test('the example finds red flowers, in a page with their pictures, and changes nothing when run again', async (t) => {
  const index = 'test-sixty-lines';
  const client = await testClient();
  await client.indices.delete({ index, ignore_unavailable: true });
  t.after(() => client.indices.delete({ index }));
  const env = { SERVICE_URI: await testOpenSearchUrl(), INDEX_NAME: index };
  const args = ['--require=tsx/cjs', 'examples/sixty-lines.ts', 'photos', 'red flowers'];
  const run = () => runToEnd(process.execPath, args, { env });
  const { stdout, stderr } = await run();
  assert.match(stderr, /^81 new photos, 0 unchanged$[\s\S]*^0\.\d{3} photos\/red-zinnias\.jpg$/m);
  assert.equal(stdout.match(/<img src="data:image\/jpeg;base64,/g)?.length, 9);
  const again = await run();
  assert.match(again.stderr, /^0 new photos, 81 unchanged$/m);
  assert.equal(again.stdout, stdout);
});

test('every command that npm run lists is explained: ten in README, those of maintainers in CONTRIBUTING', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const explained = (text: string) => [...text.matchAll(/^\| `npm (?:run )?([\w:-]+)/gm)].map(([, name]) => name);
  const users = explained(read('README.md'));
  assert.ok(users.length <= 10, users.join());
  assert.deepEqual([...users, ...explained(read('CONTRIBUTING.md'))].sort(), Object.keys(scripts).sort());
});
