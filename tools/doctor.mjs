// npm run doctor: looks at everything that the workshop needs, a line each: OK, or what to do. It begins in plain Node,
// so it also tells what is wrong when nothing is installed. Exit code 1 if something has to be mended.
import { fileURLToPath } from 'node:url';
import { lineOf } from './doctor/finding.mjs';
import { examineJupyter } from './doctor/jupyter.mjs';
import { examineMachine } from './doctor/machine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
let wrong = 0;
let warnings = 0;

/** @param {import('./doctor/finding.mjs').Finding} finding */
function report(finding) {
  console.log(lineOf(finding));
  if (finding.state === 'wrong') wrong++;
  if (finding.state === 'warning') warnings++;
}

const machine = await examineMachine(root);
machine.forEach(report);
if (machine.some(({ what, state }) => what === 'npm packages' && state === 'wrong')) {
  console.log('\nWithout npm packages nothing else can be checked: run `node tools/setup.mjs`, then this again.');
  process.exit(1);
}
(await examineJupyter(root)).forEach(report);

const tsx = await import('tsx/cjs/api');
const { examineAll } = /** @type {typeof import('./doctor/examine-all.ts')} */ (
  tsx.require('./doctor/examine-all.ts', import.meta.url)
);
for await (const finding of examineAll(root)) report(finding);

if (wrong > 0) console.log(`\n${wrong} to fix: see the lines with WRONG.`);
else if (warnings > 0) console.log('\nNothing to fix, but see the lines with WARN.');
else console.log('\nAll is well.');
process.exitCode = wrong === 0 ? 0 : 1;
