import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { builtInFolder } from '../clip-model/built-in-model';
import { folderIdentity } from '../clip-model/folder-identity';
import { temporaryFolder } from './support/temporary-folder';
import { testOpenSearchUrl } from './support/test-opensearch';

const root = path.resolve(__dirname, '..');
const lib = path.join(root, 'lib');
const run = promisify(execFile);
const product = temporaryFolder();
let identity: object;

/** The index, 20 photos, a search: what a product does with lib/, in plain JavaScript. */
const steps = (from: string, identity: object) =>
  `
const client = openClient(process.argv[2]);
const identity = ${JSON.stringify(identity)};
const index = process.argv[3];
async function main() {
  const clip = await loadClip({ folder: ${JSON.stringify(builtInFolder)}, identity });
  await createPhotoIndex(client, { index, body: photoIndexBody(identity) });
  const { photos } = await findPhotos('photos');
  const { indexed } = await uploadPhotos(client, { index, clip, photos });
  const hits = await searchPhotos(client, { index, vector: await clip.embedText('red flowers'), k: 3 });
  const grid = await photoGrid(hits, { photosDir: require('node:path').resolve('photos') });
  const refused = await clip.embedText(' ').catch((error) => error.message);
  console.log(JSON.stringify({ indexed, hits: hits.map((hit) => hit.image_url), pictures: grid.split('<img').length - 1, refused, client: require('node:util').inspect(client) }));
  await client.indices.delete({ index });
  await clip.dispose();
  await client.close();
}
main();
`.replaceAll('require(', from === 'esm' ? 'createRequire(import.meta.url)(' : 'require(');
const names =
  'openClient, loadClip, createPhotoIndex, photoIndexBody, findPhotos, uploadPhotos, searchPhotos, photoGrid';

before(async () => {
  identity = await folderIdentity(builtInFolder);
  const taken = (file: string) => !/[\\/](node_modules|dist)([\\/]|$)/.test(path.relative(lib, file));
  cpSync(lib, path.join(product, 'lib'), { recursive: true, filter: taken });
  mkdirSync(path.join(product, 'photos'));
  const photos = readdirSync(path.join(root, 'photos')).filter((name) => name.endsWith('.jpg'));
  for (const name of photos.slice(0, 20)) cpSync(path.join(root, 'photos', name), path.join(product, 'photos', name));
  await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: path.join(product, 'lib') });
  await run('npx', ['tsc'], { cwd: path.join(product, 'lib') });
});

async function searched(file: string, source: string, args: string[] = []): Promise<void> {
  writeFileSync(path.join(product, file), source);
  const index = `taken-${file.replace('.', '-')}`;
  const { stdout } = await run(process.execPath, [...args, file, await testOpenSearchUrl(), index], { cwd: product });
  const shown = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(shown.indexed, 20);
  assert.equal((shown.hits as string[]).length, 3);
  assert.equal(shown.pictures, 3);
  assert.match(String(shown.refused), /text is empty/);
  assert.match(String(shown.client), /^OpenSearch at 127\.0\.0\.1:\d+$/);
}

const esm = `import { createRequire } from 'node:module';\nimport { ${names} } from './lib/dist/index.js';`;
const ways: [how: string, file: string, imports: string, args?: string[]][] = [
  ['as an ES module', 'main.mjs', esm],
  ['as CommonJS', 'main.cjs', `const { ${names} } = require('./lib');`],
  ['as TypeScript, run by tsx', 'main.ts', `import { ${names} } from './lib/index';`, [require.resolve('tsx/cli')]],
];
for (const [how, file, imports, args] of ways) {
  test(`taken along alone, lib/ indexes and searches ${how}`, () =>
    searched(file, imports + steps(file === 'main.mjs' ? 'esm' : 'cjs', identity), args));
}

test('lib/ compiles with TypeScript 5.4, strict, and with exact optional properties', async () => {
  const cwd = path.join(product, 'lib');
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', 'typescript@5.4.5'], { cwd });
  const settings = ['--noEmit', '--module', 'preserve', '--moduleResolution', 'bundler'];
  await run('npx', ['tsc', ...settings], { cwd }).catch((error: unknown) => {
    assert.fail((error as { stdout: string }).stdout);
  });
});

test('what lib/ can print names no notebook, no setting and no command of the workshop', () => {
  const files = readdirSync(path.join(product, 'lib'), { recursive: true, encoding: 'utf8' });
  const own = files.filter((file) => file.endsWith('.ts') && !/^(node_modules|dist)\b/.test(file));
  assert.ok(own.includes('upload.ts') && own.includes(path.join('opensearch', 'bulk.ts')));
  for (const name of own) {
    const code = readFileSync(path.join(lib, name), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const texts = code.match(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
    const workshops = texts.filter((text) =>
      /notebook|\bcell\b|npm run|workshop|CLIP_|PHOTOS_DIR|INDEX_NAME|\.env/i.test(text),
    );
    assert.deepEqual(workshops, [], name);
  }
});

test('lib/ needs four packages, at the versions of the repository', () => {
  const read = (file: string) =>
    (JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }).dependencies;
  const [own, all] = [read(path.join(lib, 'package.json')), read(path.join(root, 'package.json'))];
  assert.equal(Object.keys(own).length, 4);
  for (const [name, version] of Object.entries(own)) assert.equal(version, all[name], name);
});
