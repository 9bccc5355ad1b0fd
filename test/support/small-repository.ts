import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../../workshop/settings';
import type { ServerArtifacts } from '../../local-opensearch/install-server';

/** What set-up itself needs of the npm packages, and two small Python packages. */
const npmPackages = ['@opensearch-project/opensearch', 'dotenv', 'mvn-artifact-url', 'tsx', 'yauzl'];
const pythonPackages = ['packaging', 'six'];

/**
 * Makes `folder` a copy of the repository as far as set-up is concerned, with few packages and a small server:
 * a whole set-up then takes seconds.
 */
export function makeSmallRepository(folder: string, artifacts: ServerArtifacts): void {
  const source = (name: string) => path.join(repositoryRoot, name);
  const target = (name: string) => path.join(folder, name);
  for (const name of [
    ...['lib', 'console', 'download', 'local-opensearch', 'workshop'],
    ...['tools/setup', 'tools/setup.mjs', 'jupyter/kernels', '.npmrc'],
  ]) {
    mkdirSync(path.dirname(target(name)), { recursive: true });
    cpSync(source(name), target(name), { recursive: true });
  }
  const write = (name: string, content: unknown) => writeFileSync(target(name), JSON.stringify(content, null, 2));
  const lock = JSON.parse(readFileSync(source('package-lock.json'), 'utf8')) as LockFile;
  const dependencies = Object.fromEntries(
    npmPackages.map((name) => [name, lock.packages[`node_modules/${name}`]?.version ?? '']),
  );
  write('package.json', { name: 'small', version: '1.0.0', dependencies });
  write('package-lock.json', {
    ...{ name: 'small', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'small', version: '1.0.0', dependencies },
      ...Object.fromEntries([...closure(lock, npmPackages)].sort().map((key) => [key, lock.packages[key]])),
    },
  });
  const blocks = readFileSync(source('requirements.txt'), 'utf8').split(/\n(?=\S)/);
  const kept = blocks.filter((block) => pythonPackages.includes(block.split('==')[0] ?? ''));
  writeFileSync(target('requirements.txt'), `${kept.join('\n')}\n`);
  write('local-opensearch/server.json', { version: '3.6.0', ...artifacts });
}

interface LockFile {
  packages: Partial<Record<string, LockedPackage>>;
}

interface LockedPackage {
  version?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The keys in the lock file of these packages and all that they need. */
function closure({ packages }: LockFile, names: string[], parent = '', keys = new Set<string>()): Set<string> {
  for (const name of names) {
    const nested = `${parent}/node_modules/${name}`;
    const key = nested in packages ? nested : `node_modules/${name}`;
    const locked = packages[key];
    if (locked === undefined || keys.has(key)) continue;
    keys.add(key);
    closure({ packages }, Object.keys({ ...locked.dependencies, ...locked.optionalDependencies }), key, keys);
  }
  return keys;
}
