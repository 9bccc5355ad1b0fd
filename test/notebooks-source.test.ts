import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { ESLint, type Linter } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { photoFields, photoIndexBody } from '../lib/photo-index';
import { photoHits, photoQuery, type PhotoHit } from '../lib/search';
import {
  isCode,
  moduleFile,
  moduleOf,
  type Notebook,
  notebookNames,
  readNotebook,
  sourceOf,
} from '../maintain/notebook-cells';
import { repositoryRoot as root } from '../workshop/settings';
import { compile } from './support/compile';
import { fakeClip } from './support/fake-clip';
import { runFile } from './support/run-tool';

const cellsDir = path.join(root, 'out', 'cells');
const notebooks = new Map<string, Notebook>();

before(async () => {
  await rm(cellsDir, { recursive: true, force: true });
  await mkdir(cellsDir, { recursive: true });
  for (const name of await notebookNames(root)) {
    const notebook = await readNotebook(path.join(root, name));
    notebooks.set(name, notebook);
    await writeFile(moduleFile(cellsDir, name), moduleOf(notebook, '../..'));
  }
});

test('the notebooks are committed clean: no outputs, code formatted like lib/', async () => {
  const { code, stdout, stderr } = await runFile('maintain/clean-notebooks.ts', ['--check']);
  assert.equal(code, 0, stdout + stderr);
});

let program: ts.Program;

test('the cells compile as strictly as lib/', () => {
  program = compile('tsconfig.cells.json', { isOwnOnly: true });
});

test('each notebook begins with its goal and versions, and ends with exercises, each with what to expect; text comes before each code cell and says what to expect', () => {
  for (const [name, { cells }] of notebooks) {
    const texts = cells.map(sourceOf);
    assert.match(texts[0] ?? '', /At the end of this notebook/, name);
    assert.match(texts[cells.findIndex(isCode)] ?? '', /versions/, name);
    const exercises = texts.at(-1) ?? '';
    assert.match(exercises, /^## Exercises/, name);
    const folded = exercises.match(/<summary>(What to expect|Answer)<\/summary>/g);
    assert.equal(folded?.length, exercises.match(/^\d\. /gm)?.length, name);
    for (const [position, cell] of cells.entries()) {
      if (!isCode(cell)) continue;
      assert.equal(cells[position - 1]?.cell_type, 'markdown', `${name}, cell ${cell.id}`);
      assert.match(texts[position - 1] ?? '', /\bExpect\b/, `${name}, cell ${cell.id}`);
    }
  }
});

test('code cells stay small enough to be read: 12 lines beside imports, but for the two request bodies', () => {
  const linesOf = (source: string) => source.replaceAll(/^import \{[^}]*\} from .*;\n*/gm, '').split('\n').length;
  const all = [...notebooks.values()].flatMap(({ cells }) => cells.filter(isCode));
  const long = all.filter((cell) => linesOf(sourceOf(cell)) > 12).map(({ id }) => id);
  assert.deepEqual(long, ['body', 'query']);
});

test('the cells are linted as strictly as lib/: no promise is left floating', async () => {
  const languageOptions = { parserOptions: { programs: [program] } };
  const rules: Linter.RulesRecord = {
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    // A cell shows the value of its last line.
    '@typescript-eslint/no-unused-expressions': 'off',
    // tslab does not find an earlier cell's variable where it stands as `{ name }`.
    'object-shorthand': ['error', 'never'],
    // Switches that readers turn by hand, such as `const recreate = false`.
    '@typescript-eslint/no-unnecessary-condition': 'off',
  };
  const baseConfig = [...tseslint.configs.strictTypeChecked, { languageOptions, rules }] as Linter.Config[];
  const eslint = new ESLint({ cwd: root, overrideConfigFile: true, baseConfig });
  const results = await eslint.lintFiles([...notebooks.keys()].map((name) => moduleFile(cellsDir, name)));
  const formatter = await eslint.loadFormatter();
  assert.equal(await formatter.format(results), '');
});

/** Runs a notebook's cell on the given variables, and returns the value of `name` after it. */
function evaluateCell(notebook: string, id: string, name: string, variables: Record<string, unknown>): unknown {
  const cell = notebooks.get(notebook)?.cells.find((one) => one.id === id);
  assert.ok(cell, id);
  const compilerOptions = { target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(`${sourceOf(cell)}\nreturn ${name};`, { compilerOptions });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the cell is ours, and this is its test
  const run = new Function(...Object.keys(variables), outputText) as (...values: unknown[]) => unknown;
  return run(...Object.values(variables));
}

test('the index that notebook 1 writes out is the one that lib/ makes', () => {
  const { identity } = fakeClip();
  const body = evaluateCell('1-prepare-opensearch.ipynb', 'body', 'body', { model: { identity }, photoFields });
  assert.deepEqual(body, photoIndexBody(identity));
});

test('the query that notebook 3 writes out is the one that lib/ sends; scores become cosines by the space type of the index', async () => {
  const vector = new Float32Array([0.6, 0.8]);
  const sent: unknown[] = [];
  const search = (request: unknown) => {
    sent.push(request);
    return Promise.resolve({ body: response });
  };
  const settings = { indexName: 'photos' };
  const indexSpaceType = () => Promise.resolve('innerproduct');
  const response = { hits: { hits: [{ _id: 'a.jpg', _score: 1.25 }] } };
  const variables = { settings, client: { search }, indexSpaceType, photoHits };
  const query = evaluateCell('3-run-vector-search.ipynb', 'query', 'nearestPhotos', variables);
  const hits = await (query as (vector: Float32Array) => Promise<PhotoHit[]>)(vector);
  assert.equal(hits[0]?.cosine, 0.25);
  assert.deepEqual(sent, [{ index: 'photos', body: photoQuery(vector, 3) }]);
});

const skip = existsSync(path.join(root, '.git')) ? false : 'this copy is not a git repository';

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' });
}

const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
/** What passwords and tokens look like in what we deal with, with an example. */
const secretSigns: [what: string, sign: RegExp, example: string][] = [
  ['a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]+:[^\s"'\\]+@[\w[]/i, 'https://avnadmin:p#ss@h.example.com:1'],
  ['a password of Aiven', /\bAVNS_[\w-]{10,}/, 'AVNS_abcdefghijklmnop'],
  ['a token of the hub', /\bhf_[A-Za-z0-9]{20,}/, `hf_${'a'.repeat(34)}`],
  ['a token of GitHub', /\b(gh[pousr]_\w{30,}|github_pat_\w{30,})/, `ghp_${'a'.repeat(36)}`],
  ['an authorization', /\bBasic [A-Za-z0-9+/]{12,}={0,2}/, `{ authorization: '${basic}' }`],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/, '-----BEGIN PRIVATE KEY-----'],
  ['a link with a token', /[?&]token=[0-9a-f]{16,}/, `http://127.0.0.1:8888/lab?token=${'0a'.repeat(24)}`],
];

const secretsIn = (text: string) => secretSigns.filter(([, sign]) => sign.test(text)).map(([what]) => what);

test('no committed notebook holds passwords or tokens', { skip }, () => {
  const names = git('ls-files', '*.ipynb').trim().split('\n');
  assert.ok(names.length >= 3, names.join(' '));
  for (const name of names) assert.deepEqual(secretsIn(readFileSync(path.join(root, name), 'utf8')), [], name);
});

test('a notebook with any of these is refused', () => {
  const clean = readFileSync(path.join(root, '1-prepare-opensearch.ipynb'), 'utf8');
  for (const [what, , example] of secretSigns) {
    const notebook = JSON.parse(clean) as Notebook;
    notebook.cells[0]?.source.push(example);
    assert.deepEqual(secretsIn(JSON.stringify(notebook)), [what]);
  }
});

test('.env, and what runs write, is ignored by git, and no .env was ever committed', { skip }, () => {
  for (const name of ['.env', 'out/notebooks.json']) assert.equal(git('check-ignore', name).trim(), name);
  assert.equal(git('log', '--all', '--format=%h', '--', '.env', '**/.env'), '');
});
