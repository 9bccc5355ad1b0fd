import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { testClient } from './support/photo-indexes';
import { runFile } from './support/run-tool';
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
  const run = () => runFile('examples/sixty-lines.ts', ['photos', 'red flowers'], { env });
  const { stdout, stderr } = await run();
  assert.match(stderr, /^81 new photos, 0 unchanged$[\s\S]*^0\.\d{3} photos\/red-zinnias\.jpg$/m);
  assert.equal(stdout.match(/<img src="data:image\/jpeg;base64,/g)?.length, 9);
  const again = await run();
  assert.match(again.stderr, /^0 new photos, 81 unchanged$/m);
  assert.equal(again.stdout, stdout);
});

test('every command that npm run lists is explained: ten in README, the others in CONTRIBUTING', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const explained = (text: string) => [...text.matchAll(/^\| `npm (?:run )?([\w:-]+)/gm)].map(([, name]) => name);
  const users = explained(read('README.md'));
  assert.ok(users.length <= 10, users.join());
  assert.deepEqual([...users, ...explained(read('CONTRIBUTING.md'))].sort(), Object.keys(scripts).sort());
});

test('each page of docs/ says first whom it is for, and README links to it', () => {
  const pages = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  for (const page of pages) {
    assert.match(read(`docs/${page}`), /^# .+\n\nFor (those|readers) /, page);
    assert.ok(read('README.md').includes(`](docs/${page})`), page);
  }
});

test('every link from one page to another leads to a file, and to a heading in it; every path that a page names is there', () => {
  const folders = ['.', 'docs', 'lib', 'evaluation', 'bench', 'models/pocket-clip', 'models/pocket-clip/colour'];
  const pages = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder)).flatMap((name) => (name.endsWith('.md') ? path.join(folder, name) : [])),
  );
  assert.ok(pages.length > 10);
  const isThere = (file: string) => existsSync(path.join(root, file));
  const anchors = (page: string) =>
    [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  const dead = pages.flatMap((page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g)];
    const deadLinks = links.filter(([, file = '', heading = '']) => {
      const target = file === '' ? page : path.join(path.dirname(page), file);
      return !isThere(target) || (heading !== '' && !anchors(target).includes(heading));
    });
    const ours =
      'app|bench|clip-model|console|download|evaluation|examples|further|lib|local-opensearch|maintain|test|tools';
    const paths = [...read(page).matchAll(new RegExp(`\`((?:${ours}|workshop)/[^\`\\s…*]+)\``, 'g'))];
    return [...deadLinks, ...paths.filter(([, file = '']) => !isThere(file))].map(([name]) => `${page}: ${name}`);
  });
  assert.deepEqual(dead, []);
});

test('lib/README.md names each file of lib/', () => {
  const rows = read('lib/README.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([\w/-]+)`/g)].map(([, name]) => `${name}.ts`),
  );
  const all = ['', 'photo', 'model', 'opensearch'].flatMap((folder) =>
    readdirSync(path.join(root, 'lib', folder)).map((name) => path.posix.join(folder, name)),
  );
  const files = all.filter((name) => name.endsWith('.ts') && name !== 'index.ts');
  assert.deepEqual(named.sort(), files.sort());
});

test('docs/commands-and-settings.md explains each setting of .env.example, in its table', () => {
  const table = [...read('docs/commands-and-settings.md').matchAll(/^\| (`[A-Z_`, ]+) \|/gm)].map(([, names]) => names);
  const explained = [...table.join().matchAll(/[A-Z_]+/g)].map(([name]) => name);
  const settings = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  assert.deepEqual(explained.sort(), settings.sort());
});
