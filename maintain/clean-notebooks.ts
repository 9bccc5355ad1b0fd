// npx tsx maintain/clean-notebooks.ts: notebooks without outputs, their code formatted like lib/, but no wider than a notebook's column. With --check it only says which are not.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as prettier from 'prettier';
import { notebookNames, sourceOf, type Notebook } from './notebook-cells';

const root = path.resolve(__dirname, '..');

/** A notebook's file as it is to be committed. */
async function cleaned(text: string): Promise<string> {
  const notebook = JSON.parse(text) as Notebook;
  const options = await prettier.resolveConfig(path.join(root, 'lib', 'index.ts'));
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code') continue;
    const code = await prettier.format(sourceOf(cell), { ...options, printWidth: 100, parser: 'typescript' });
    cell.source = code.trimEnd().split(/(?<=\n)/);
    cell.outputs = [];
    cell.execution_count = null;
    cell.metadata = {};
  }
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

async function main(): Promise<void> {
  const checkOnly = process.argv.includes('--check');
  for (const name of await notebookNames(root)) {
    const file = path.join(root, name);
    const text = await readFile(file, 'utf8');
    const clean = await cleaned(text);
    if (clean === text) continue;
    if (checkOnly) {
      console.error(`${name} has outputs or unformatted code: run npx tsx maintain/clean-notebooks.ts`);
      process.exitCode = 1;
    } else {
      await writeFile(file, clean);
      console.log(`cleaned ${name}`);
    }
  }
}

void main();
