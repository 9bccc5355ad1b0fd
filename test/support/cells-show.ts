import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moduleFile, moduleOf, readNotebook } from '../../maintain/notebook-cells';
import { startProcess } from './in-process';
import { root } from './run-notebooks';

/** What the cells of these notebooks show, by number and name, run without a kernel, which takes a tenth of the time. */
export async function cellsShow(names: string[], env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const folder = path.join(root, 'out', 'cells-run'); // where they find tslab
  await mkdir(folder, { recursive: true });
  const modules = names.map((name) => moduleFile(folder, name));
  for (const [i, name] of names.entries()) {
    const cells = moduleOf(await readNotebook(path.join(root, name)), root).split(/^(?=\/\/ cell: )/m);
    const [imports = '', ...steps] = cells.map((cell) => {
      return cell.replace(/^\/\/ cell: (.*)/, `console.log('# ${path.basename(name)[0] ?? ''} $1');`);
    });
    await writeFile(modules[i] ?? '', `${imports}\nexport async function main() {\n${steps.join('')}}\n`);
  }
  const program = `
    globalThis.__tslab__ = {};
    require('tslab/dist/jupyter').lastWriteDisplayData = ({ data }) => console.log(data['text/html']);
    async function main() {
      for (const file of ${JSON.stringify(modules)}) await require(file).main();
      process.exit();
    }
    void main();`;
  const printed = await startProcess(program, { env }).ended;
  assert.match(printed, /\[0\]$/);
  assert.doesNotMatch(printed.replaceAll(/"data:[^"]*"/g, ''), /NaN|undefined/);
  return Object.fromEntries(printed.split(/^# /m).map((text): [string, string] => [text.split('\n')[0] ?? '', text]));
}
