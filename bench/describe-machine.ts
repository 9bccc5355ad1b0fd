import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../workshop/settings';
import { outputOf } from './run-subject';

const npmPackages = ['onnxruntime-node', '@xenova/transformers', 'sharp'];
const pythonPackages = ['torch', 'onnxruntime', 'pillow', 'openai-clip'];

/**
 * What the figures depend on: processor, memory, versions.
 * @param python interpreter of the subjects in Python; empty if there are none
 */
export async function describeMachine(python: string): Promise<Record<string, string>> {
  const [cpu] = os.cpus();
  const machine: Record<string, string> = {
    processor: `${cpu?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} cores`,
    memory: `${Math.round(os.totalmem() / 1e9)} GB`,
    system: `${os.type()} ${os.arch()}`,
    node: process.version,
  };
  const flags = instructionSets();
  if (flags !== '') machine.instructions = flags;
  for (const name of npmPackages) machine[name] = npmVersion(name);
  if (python !== '') {
    const script = `import json, platform, sys; from importlib.metadata import version
print(json.dumps({'python': platform.python_version(), **{'python ' + n: version(n) for n in sys.argv[1:]}}))`;
    const versions = await outputOf(python, ['-c', script, ...pythonPackages]);
    Object.assign(machine, JSON.parse(versions) as Record<string, string>);
  }
  return machine;
}

/** Those that decide how fast 8-bit models run. Linux tells them. */
function instructionSets(): string {
  try {
    const flags = readFileSync('/proc/cpuinfo', 'utf8').split(/\s+/);
    const telling = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp'];
    return telling.filter((name) => flags.includes(name)).join(', ');
  } catch {
    return '';
  }
}

function npmVersion(name: string): string {
  const file = path.join(repositoryRoot, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
