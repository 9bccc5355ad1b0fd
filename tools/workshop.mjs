// npm run workshop: all the set-up, then the three notebooks in order, then a page of results.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { repositoryRoot, setUp } from './setup.mjs';

const notebooks = ['1-prepare-opensearch.ipynb', '2-process-and-upload.ipynb', '3-run-vector-search.ipynb'];

/**
 * Runs a program in the repository, with our terminal.
 *
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<void>} rejected if it ends with an error
 */
function run(program, args) {
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: { ...process.env, JUPYTER_PATH: path.join(repositoryRoot, 'jupyter') },
  });
  for (const signal of /** @type {const} */ (['SIGHUP', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(program)} ended with ${code ?? signal ?? 'no code'}`));
    });
  });
}

/** @param {number} since from performance.now() */
const secondsSince = (since) => ((performance.now() - since) / 1000).toFixed(1);

const begin = performance.now();
await setUp();
const setUpSeconds = secondsSince(begin);

const python = path.join(repositoryRoot, '.venv', 'bin', 'python');
let resultsBegin = 0;
try {
  const args = ['tools/run-notebooks.py', '--out', 'out', ...notebooks];
  await run(python, args);
  resultsBegin = performance.now();
  await run(process.execPath, ['--require=tsx/cjs', 'tools/results.ts']);
} catch (error) {
  console.error(`\nThe workshop stopped: ${/** @type {Error} */ (error).message}.`);
  console.error('The reason is above; `npm run doctor` checks everything.');
  process.exit(1);
}

/** @type {{ notebook: string, seconds: number }[]} */
const report = JSON.parse(await readFile(path.join(repositoryRoot, 'out', 'notebooks.json'), 'utf8'));
/** @type {[string, string][]} */
const steps = [
  ['set-up', setUpSeconds],
  ...report.map(({ notebook, seconds }) => /** @type {[string, string]} */ ([notebook, seconds.toFixed(1)])),
  ['results', secondsSince(resultsBegin)],
  ['all', secondsSince(begin)],
];
console.log(`\nSeconds:\n${steps.map(([step, s]) => `  ${s.padStart(6)}  ${step}`).join('\n')}`);
console.log(`\nLook at out/results.html, and at the executed notebooks in out/.`);
console.log('Then try it yourself: npm start opens the notebooks, npm run search -- "…" searches.');
console.log("The workshop's own OpenSearch, if it was used, keeps running (to stop it: npm run opensearch -- stop).");
