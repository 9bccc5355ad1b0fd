import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { moduleFile, moduleOf, notebookNames, readNotebook, sourceOf, type Notebook } from '../maintain/notebook-cells';

const root = path.resolve(__dirname, '..');
const cellsDir = path.join(root, 'out', 'cells');
const run = promisify(execFile);
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

test('there are the three notebooks and three bonus ones, and each runs on the workshop’s kernel', () => {
  assert.deepEqual(
    [...notebooks.keys()],
    [
      '1-prepare-opensearch.ipynb',
      '2-process-and-upload.ipynb',
      '3-run-vector-search.ipynb',
      'further/4-scores-combinations-filters.ipynb',
      'further/5-own-photos-duplicates-map.ipynb',
      'further/6-how-good-and-how-exact.ipynb',
    ],
  );
  for (const notebook of notebooks.values()) {
    assert.equal(notebook.metadata.kernelspec?.name, 'tsws');
  }
});

test('the notebooks are committed clean: no outputs, code formatted like lib/', async () => {
  await run(process.execPath, ['--import=tsx', 'maintain/clean-notebooks.ts', '--check'], { cwd: root });
});

test('text comes before each code cell and says what to expect', () => {
  for (const [name, { cells }] of notebooks) {
    cells.forEach((cell, position) => {
      if (cell.cell_type !== 'code') return;
      const text = cells[position - 1];
      assert.equal(text?.cell_type, 'markdown', `${name}, cell ${cell.id}`);
      assert.match(sourceOf(text), /\bExpect\b/, `${name}, cell ${cell.id}`);
    });
  }
});

test('code cells stay small enough to be read: 12 lines beside imports, but for the two request bodies', () => {
  const long = [...notebooks.values()].flatMap(({ cells }) =>
    cells
      .filter(({ cell_type }) => cell_type === 'code')
      .filter((cell) => {
        const code = sourceOf(cell).replaceAll(/^import \{[^}]*\} from .*;\n*/gm, '');
        return code.split('\n').length > 12;
      })
      .map(({ id }) => id),
  );
  assert.deepEqual(long, ['body', 'query']);
});

test('each notebook begins with its goal and versions, and ends with exercises', () => {
  for (const { cells } of notebooks.values()) {
    const [first] = cells;
    assert.ok(first && /At the end of this notebook/.test(sourceOf(first)));
    const firstCode = cells.find(({ cell_type }) => cell_type === 'code');
    assert.ok(firstCode && /versions/.test(sourceOf(firstCode)));
    const last = cells.at(-1);
    assert.ok(last && /^## Exercises/.test(sourceOf(last)));
  }
});

test('the cells compile as strictly as lib/', async () => {
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.cells.json'], { cwd: root }).catch(
    (error: unknown) => {
      assert.fail((error as { stdout: string }).stdout);
    },
  );
});

test('the cells are linted as strictly as lib/: no promise is left floating', async () => {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    baseConfig: [
      ...tseslint.configs.strictTypeChecked,
      {
        languageOptions: { parserOptions: { project: ['tsconfig.cells.json'], tsconfigRootDir: root } },
        rules: {
          '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
          // A cell shows the value of its last line.
          '@typescript-eslint/no-unused-expressions': 'off',
          // tslab does not find an earlier cell's variable where it stands as `{ name }`.
          'object-shorthand': ['error', 'never'],
          // Switches that readers turn by hand, such as `const recreate = false`.
          '@typescript-eslint/no-unnecessary-condition': 'off',
        },
      },
    ] as Linter.Config[],
  });
  const results = await eslint.lintFiles([...notebooks.keys()].map((name) => moduleFile(cellsDir, name)));
  const problems = results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, message, ruleId }) => `${path.basename(filePath)}:${line} ${message} (${ruleId ?? ''})`),
  );
  assert.deepEqual(problems, []);
});
