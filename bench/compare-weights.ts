// npx tsx bench/compare-weights.ts: which file of the vision tower, with which options, runs how fast here.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../workshop/settings';
import { runScript } from '../tools/run-script';
import { say, step } from '../tools/setup/report.mjs';
import { describeMachine } from './describe-machine';
import { writePart } from './markdown';
import { markdownTable } from './markdown';
import { preparePython, prepareModel } from './prepare';
import { outputOf, runSubject } from './run-subject';
import { cosine, spread } from './statistics';
import type { Report } from './subjects/measure';
import type { WeightsTask } from './subjects/weights-alone';

const rounds = 3;
const images = 64;
const work = path.join(repositoryRoot, 'bench', '.work');
const ours = path.join(repositoryRoot, 'node_modules', 'onnxruntime-node');
const olderVersion = '1.21.0';
const older = path.join(work, `onnxruntime-${olderVersion}`, 'node_modules', 'onnxruntime-node');

type Way = Partial<WeightsTask> & { name: string; file: string };

/** As lib/model/open-tower.ts has it: threads that wait spin for 20 microseconds, then sleep. */
const intra_op = { spin_duration_us: '20' };
const briefly = { extra: { session: { intra_op } } };
const never = { extra: { session: { intra_op: { allow_spinning: '0' } } } };
const unpacked = { extra: { session: { intra_op, disable_prepacking: '1' } } };

function waysOf(model: string, quantised: string): Way[] {
  const file = (name: string) => path.join(model, 'onnx', `vision_model${name}.onnx`);
  const anew = (name: string) => path.join(quantised, `${name}.onnx`);
  const hub = 'q8 as on the hub (unsigned)';
  return [
    { name: 'fp32', file: file('') },
    { name: 'fp32, threads spin as long as is the default', file: file(''), options: {} },
    { name: 'fp32, threads never spin', file: file(''), options: never },
    { name: 'fp32, weights not repacked', file: file(''), options: unpacked },
    { name: 'fp32, one photo at a time', file: file(''), batch: 1 },
    { name: `fp32, onnxruntime ${olderVersion}`, file: file(''), runtime: older },
    { name: 'fp16', file: file('_fp16') },
    { name: hub, file: file('_quantized') },
    { name: `${hub}, onnxruntime ${olderVersion}`, file: file('_quantized'), runtime: older },
    { name: 'q8 made signed as it is loaded', file: file('_quantized'), signed: true },
    {
      name: 'q8 made signed as it is loaded, one photo at a time (ours)',
      file: file('_quantized'),
      signed: true,
      batch: 1,
    },
    { name: 'the same, threads never spin', file: file('_quantized'), signed: true, batch: 1, options: never },
    { name: 'matrices only, unsigned', file: anew('matrices-u8') },
    { name: 'matrices only, signed', file: anew('matrices-s8') },
    { name: 'matrices only, signed, per channel', file: anew('matrices-s8-channel') },
    { name: '8 bits in blocks of 128', file: anew('blocks-8-bit') },
    { name: '4 bits in blocks of 32 (q4)', file: anew('blocks-4-bit') },
    { name: 'bnb4', file: anew('bnb4') },
  ];
}

async function prepareQuantised(model: string, python: string): Promise<string> {
  const folder = path.join(work, 'quantised');
  if (existsSync(folder)) return folder;
  await step('Weights quantised in other ways', async () => {
    await rm(`${folder}.part`, { recursive: true, force: true });
    await outputOf(python, ['bench/make-quantised.py', model, `${folder}.part`]);
    await rename(`${folder}.part`, folder);
  });
  return folder;
}

async function prepareOlderRuntime(): Promise<void> {
  if (existsSync(older)) return;
  await step(`onnxruntime ${olderVersion}`, async () => {
    const prefix = path.resolve(older, '../..');
    await mkdir(prefix, { recursive: true });
    const name = `onnxruntime-node@${olderVersion}`;
    await outputOf('npm', ['install', '--ignore-scripts', '--prefix', prefix, name]);
  });
}

async function main(): Promise<void> {
  const python = await preparePython(work);
  const model = await prepareModel(work, python);
  const ways = waysOf(model, await prepareQuantised(model, python));
  await prepareOlderRuntime();

  const before = os.loadavg()[0] ?? NaN;
  const reports = new Map<Way, Report[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const way of round % 2 === 0 ? ways : [...ways].reverse()) {
      const task = { runtime: ours, signed: false, options: briefly, batch: 8, images, ...way };
      const subject = { id: 'weights', program: 'weights-alone.ts' };
      const report = await runSubject(subject, task, { work, python });
      reports.get(way)?.push(report);
      say(`  round ${round + 1} of ${rounds}  ${speedOf(report).toFixed(1).padStart(6)}  ${way.name}`);
    }
  }
  const after = os.loadavg()[0] ?? NaN;

  const [exact] = [...reports.values()];
  const vector = (runs?: Report[]) => runs?.[0]?.photoVectors?.[0] ?? [];
  const rows = [...reports].map(async ([{ name, file }, runs]) => {
    const { median, min, max } = spread(runs.map(speedOf));
    const cpuMs = spread(runs.map(({ photos }) => (1000 * (photos?.cpuSeconds ?? NaN)) / images));
    return [
      name,
      ((await stat(file)).size / 1e6).toFixed(0),
      `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`,
      cpuMs.median.toFixed(1),
      spread(runs.map(({ loadSeconds }) => loadSeconds)).median.toFixed(1),
      Math.max(...runs.map(({ peakRssMb }) => peakRssMb)).toFixed(0),
      cosine(vector(runs), vector(exact)).toFixed(4),
    ];
  });
  const { processor, instructions } = await describeMachine('');
  const date = new Date().toISOString().slice(0, 10);
  const text = `\`npx tsx bench/compare-weights.ts\`, ${date}, ${processor} (${instructions}). Load of the machine \
before ${before.toFixed(1)}, after ${after.toFixed(1)}. ${images} images in batches of 8, ${rounds} rounds, threads \
that wait spin for 20 microseconds, unless it says otherwise.

${markdownTable(
  [
    'weights',
    'MB',
    'photos/s: median (least–most)',
    'processor ms/photo',
    'load, s',
    'peak memory, MB',
    'cosine to fp32',
  ],
  await Promise.all(rows),
)}`;
  await writePart(path.join(__dirname, 'RESULTS.md'), 'bench/compare-weights.ts', text);
  console.log(text);
}

function speedOf({ photos }: Report): number {
  return images / (photos?.seconds ?? NaN);
}

runScript(main);
