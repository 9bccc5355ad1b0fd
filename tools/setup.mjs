// node tools/setup.mjs: everything that the workshop needs, inside this folder. Nearly all commands begin with it. It is
// plain Node, since TypeScript can be loaded only once the packages are there.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { hasKernelSpec, writeKernelSpec } from './setup/kernel-spec.mjs';
import { withSetupLock } from './setup/lock.mjs';
import { checkDisk, checkMemory, checkNode, checkSystem } from './setup/machine.mjs';
import { hasNpmPackages, installNpmPackages, npmPackagesSize } from './setup/npm-packages.mjs';
import { hasOpenSearch, markOpenSearch, openSearchSize } from './setup/opensearch-marker.mjs';
import { SetupProblem } from './setup/problem.mjs';
import { hasPythonPackages, installPythonPackages, pythonPackagesSize } from './setup/python-packages.mjs';
import { findPython } from './setup/find-python.mjs';
import { say, step } from './setup/report.mjs';

export const repositoryRoot = path.resolve(fileURLToPath(import.meta.url), '../..');

/**
 * Does what is not done yet: a second call takes a fraction of a second. It can be interrupted anywhere and called
 * again. What the reader has to fix is said in a sentence or two, and ends the process with exit code 1.
 */
export async function setUp() {
  try {
    checkSystem();
    checkNode();
    if (isComplete()) return;
    await withSetupLock(path.join(repositoryRoot, '.opensearch', 'setup.lock'), install, () => {
      say('Another set-up is running in this folder: waiting for it to end.');
    });
  } catch (error) {
    const message = messageForTheReader(error);
    if (message === undefined) throw error;
    say(`\n${message}`);
    process.exit(1);
  }
}

function isComplete() {
  return (
    hasNpmPackages(repositoryRoot) &&
    hasPythonPackages(repositoryRoot) &&
    hasKernelSpec(repositoryRoot) &&
    (hasOpenSearch(repositoryRoot) || needsNoOpenSearch())
  );
}

/** If a cluster is named, commands don't retry a server that could not be downloaded, unless from a mirror. */
function needsNoOpenSearch() {
  const envFile = path.join(repositoryRoot, '.env');
  const isFile = statSync(envFile, { throwIfNoEntry: false })?.isFile(); // a Python environment may have that name
  // Not imported by its name: an older Node would not get as far as being told that it is too old.
  const settings = isFile ? util.parseEnv(readFileSync(envFile, 'utf8')) : {};
  const serviceUri = process.env.SERVICE_URI ?? settings.SERVICE_URI;
  return Boolean(serviceUri?.trim() && !process.env.MAVEN_REPOSITORY);
}

async function install() {
  if (isComplete()) return; // another set-up has just ended
  const packages = !hasNpmPackages(repositoryRoot);
  const environment = !hasPythonPackages(repositoryRoot);
  const server = !hasOpenSearch(repositoryRoot);
  const python = environment ? await findPython() : '';
  checkMemory();
  checkDisk(
    repositoryRoot,
    (packages ? npmPackagesSize : 0) + (environment ? pythonPackagesSize : 0) + (server ? openSearchSize : 0),
  );
  say('Setting up the workshop in this folder:');
  const withPackages = async () => {
    if (packages) await step('npm packages', () => installNpmPackages(repositoryRoot));
    return loadTypeScript().installOpenSearch(step, say);
  };
  const withPython = async () => {
    if (!environment) return;
    await step('Python packages', () => installPythonPackages(repositoryRoot, python));
  };
  const [hasServer] = await Promise.all([withPackages(), withPython()]);
  writeKernelSpec(repositoryRoot);
  if (!hasServer) {
    say('Set-up is complete, except for OpenSearch.');
    return;
  }
  if (server) {
    await loadTypeScript().tryOutOpenSearch(step, say);
    markOpenSearch(repositoryRoot);
  }
  say('Set-up is complete.');
}

/** The part in TypeScript, which only the packages can load. */
function loadTypeScript() {
  /** @type {unknown} */
  const tsx = createRequire(import.meta.url)('tsx/cjs/api');
  const { require } = /** @type {typeof import('tsx/cjs/api')} */ (tsx);
  /** @type {unknown} */
  const openSearch = require('./setup/opensearch.ts', import.meta.url);
  return /** @type {typeof import('./setup/opensearch.ts')} */ (openSearch);
}

/**
 * Undefined for a mistake of ours.
 * @param {unknown} error
 */
function messageForTheReader(error) {
  if (!(error instanceof Error)) return undefined;
  const written = ['PhotoSearchError', 'DownloadError'];
  if (error instanceof SetupProblem || written.includes(error.name)) return error.message;
  const { code, path: file } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return `The disk is full: ${file ?? repositoryRoot} could not be written. Free some space, then run this again.`;
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return (
      `${file ?? repositoryRoot} can't be written to (${code}). If it belongs to another user, take it over: ` +
      `sudo chown -R "$USER" '${repositoryRoot}'`
    );
  }
  return undefined;
}

const [, program = ''] = process.argv;
if (existsSync(program) && realpathSync(program) === fileURLToPath(import.meta.url)) await setUp();
