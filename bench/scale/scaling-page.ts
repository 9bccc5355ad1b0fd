import { planIndex } from '../../lib/opensearch/plan-index';
import { markdownTable } from '../markdown';
import type { Results } from '../results';
import type { ScaleResults, SizeResult } from './scale-results';

/** What the computed table takes for granted. Prices are made up, round, and of no provider. */
const assumed = {
  /** Nodes to be had: GB of memory, half of it, at most 31, for Java's heap; and bytes of disk of each. */
  nodeGb: [8, 16, 32, 64],
  nodeDisk: 2e12,
  /** A month, in any currency: each GB of a node's memory, each GB of its disk in use, an hour of one core, of a GPU. */
  memoryGbMonth: 4,
  diskGbMonth: 0.1,
  coreHour: 0.05,
  gpuHour: 2,
  /** One GPU machine's processor cores, which read the photos. */
  gpuCores: 16,
  /** ViT-B/32 takes 8.8e9 operations a photo; a GPU of 100e12 a second (16 bit) that is kept busy for a third of the time. */
  gpuPhotosPerSecond: 100e12 / 3 / 8.8e9,
};

/** The answer that docs/scaling.md begins with, in Markdown: a row for each size, on disk where that is cheaper. */
export function scalingAnswer({ sizes }: ScaleResults, encoding: Results): string {
  const onDisk = new Set(plans.flatMap(({ photos, mode }) => (mode === 'disk' ? photos : [])));
  const rows = plans.filter(({ photos, mode }) => mode === 'disk' || !onDisk.has(photos));
  const table = markdownTable(
    ['photos', 'vectors', 'machines', 'memory for searches', 'disk', 'a month', 'encoding, on two cores', 'on a GPU'],
    rows.map((planned) => {
      const { machines, month, memory, disk, encodingHours, gpuHours } = compute(planned, sizes, encoding);
      const name = count(planned.photos);
      return [name, kept[planned.mode], machines, memory, disk, month, duration(encodingHours), duration(gpuHours)];
    }),
  );
  const [p50, recall] = [sizes.map(({ p50_ms }) => p50_ms), sizes.map(({ recall10 }) => recall10)];
  return [
    table,
    `A search takes ${Math.min(...p50).toFixed(1)} to ${Math.max(...p50).toFixed(1)} ms (the medians of sizes up to ` +
      `${count(sizes.at(-1)?.photos ?? NaN)} photos), and finds at least ${Math.floor(1000 * Math.min(...recall))} of ` +
      '1,000 true neighbours ([_measured_](#measured)).\n',
  ].join('\n');
}

/** The tables of docs/scaling.md, in Markdown: what was measured, and what follows from it. */
export function scalingTables(scale: ScaleResults, encoding: Results): string {
  const { photos, madeUp } = scale.neighbours;
  const cosine = (value: number) => value.toFixed(2);
  const loads = scale.sizes.flatMap(({ load }) => [load.before, load.after]);
  const [first] = scale.sizes;
  const machine = Object.entries(first?.machine ?? {}).map(([name, value]) => `${name} ${value}`);
  return [
    '## Measured\n',
    `\`npm run bench:scale\`, ${[...new Set(scale.sizes.map(({ date }) => date))].join(' and ')}: ${machine.join('; ')}. ` +
      `Load of the machine (1 minute) from ${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)}; the ` +
      'measurement itself makes about 2. Anything above that comes from other programs; it lengthens times, but does not ' +
      'change recall or bytes.\n',
    markdownTable(
      ['all _measured_', ...scale.sizes.map((size) => `${count(size.photos)} photos`)],
      measuredRows(scale.sizes),
    ),
    '![Cost of a search and of all photos against their number](scaling.png)\n',
    `The vectors are made up. This compares as many of them as there are photos in \`photos/\` (${photos.count}) with ` +
      `the built-in model's vectors of those photos (cosines, _measured_):\n`,
    markdownTable(
      ['', 'any two, mean', 'standard deviation', 'nearest, median', 'tenth, median'],
      [photos, madeUp].map(({ pairMean, pairSd, nearest, tenth }, i) => [
        i === 0 ? 'photos' : 'made up',
        ...[pairMean, pairSd, nearest, tenth].map(cosine),
      ]),
    ),
    '## Computed\n',
    'From the figures above, those in [bench/RESULTS.md](../bench/RESULTS.md), and `planIndex`. Nobody has run any of this.\n',
    markdownTable(
      [
        'all _computed_',
        'vectors',
        'shards × copies',
        'memory for searches',
        'disk',
        'nodes',
        'a month',
        'encoding: hours of 2 cores, fp32 (price)',
        'of one GPU (price)',
        'loading, hours',
      ],
      plans.map((plan) => computedRow(plan, scale, encoding)),
    ),
    'Assumptions: ' +
      [
        `nodes of ${assumed.nodeGb.join(', ')} GB, of which half, at most 31, is Java's heap, with ${assumed.nodeDisk / 1e12} TB of disk`,
        `prices (made up) of ${assumed.memoryGbMonth} a month for each GB of a node's memory and ${assumed.diskGbMonth} for each GB of disk in use, of ${assumed.coreHour} an hour for a core and ${assumed.gpuHour} for a GPU`,
        `encoding ${speed(encoding, 'ours-fp32').toFixed(1)} photos a second on two cores (_measured_; \`q8\`: ${speed(encoding, 'ours-q8').toFixed(1)})`,
        `a GPU at ${Math.round(gpuSpeed(encoding)).toLocaleString('en')} photos a second: the model alone would do ${Math.round(assumed.gpuPhotosPerSecond).toLocaleString('en')} (100 × 10¹² operations a second, kept busy a third of the time, 8.8 × 10⁹ a photo), but ${assumed.gpuCores} cores read no more (_measured_: ${speed(encoding, 'decode').toFixed(0)} photos a second on two)`,
        'loading at the rate of the largest size measured, on each node at once',
      ].join('; ') +
      '.\n',
  ].join('\n');
}

function measuredRows(sizes: SizeResult[]): string[][] {
  const row = (name: string, value: (size: SizeResult) => string) => [name, ...sizes.map(value)];
  const ms = (value: number) => (value < 1 ? value.toFixed(2) : value.toFixed(1));
  const shareOf = (size: SizeResult, share: number) => size.filtered.find((one) => one.share === share);
  return [
    row('recall@10 (`ef_search` 100)', (size) => size.recall10.toFixed(3)),
    ...[0.01, 0.1, 0.5].map((share) =>
      row(`recall@10, p50 in ms: filter lets ${share * 100} % through`, (size) => {
        const one = shareOf(size, share);
        return one ? `${one.recall10.toFixed(3)}, ${ms(one.p50_ms)}` : '';
      }),
    ),
    row('1 client: p50, p95, p99 in ms', ({ p50_ms, p95_ms, p99_ms }) => `${ms(p50_ms)}, ${ms(p95_ms)}, ${ms(p99_ms)}`),
    row(
      '8 clients: p50, p95, p99 in ms',
      ({ p50_ms_8, p95_ms_8, p99_ms_8 }) => `${ms(p50_ms_8)}, ${ms(p95_ms_8)}, ${ms(p99_ms_8)}`,
    ),
    row('8 clients: searches a second', (size) => size.searches_per_s_8.toFixed(0)),
    row('upload, photos a second', (size) => size.upload_docs_per_s.toFixed(0)),
    row('of which our own processor time', (size) => `${(100 * size.upload_own_share).toFixed(0)} %`),
    row('raw `_bulk`, photos a second', (size) => size.raw_bulk_docs_per_s.toFixed(0)),
    row('last photo searchable after, s', (size) => size.searchable_s.toFixed(1)),
    row('bytes on disk a photo', (size) => size.bytes_per_photo.toFixed(0)),
    row("of the original workshop's documents", (size) => size.original_bytes_per_photo.toFixed(0)),
    row('segments', (size) => String(size.segments)),
    row("Java's heap in use, of, MB", ({ heap_used_mb, heap_max_mb }) => `${heap_used_mb}, ${heap_max_mb}`),
    row("outside Java's heap, MB", ({ off_heap_mb }) => String(off_heap_mb)),
    row('the process as a whole, MB', (size) => String(size.rss_mb)),
    row('plain loop in TypeScript, p50 in ms', (size) => ms(size.loop_p50_ms)),
    row(
      'HNSW in this process (`usearch`): recall@10, p50 in ms',
      ({ usearch }) => `${usearch.recall10.toFixed(3)}, ${ms(usearch.p50_ms)}`,
    ),
    row('and built, photos a second', ({ usearch }) => usearch.build_docs_per_s.toFixed(0)),
  ];
}

interface Planned {
  photos: number;
  mode: 'memory' | 'disk';
  /** A laptop has one node, and what that has. */
  laptop?: boolean;
}

const plans: Planned[] = [
  { photos: 50_000, mode: 'memory', laptop: true },
  { photos: 1e6, mode: 'memory' },
  { photos: 25e6, mode: 'memory' },
  { photos: 25e6, mode: 'disk' },
  { photos: 100e6, mode: 'memory' },
  { photos: 100e6, mode: 'disk' },
  { photos: 1e9, mode: 'disk' },
];

const kept = { memory: 'in memory', disk: 'on disk, 1 bit of each number in memory' };

function computedRow(planned: Planned, { sizes }: ScaleResults, encoding: Results): string[] {
  const { copies, machines, month, memory, disk, encodingHours, gpuHours, loadingHours } = compute(
    planned,
    sizes,
    encoding,
  );
  return [
    count(planned.photos) + (planned.laptop ? ', a laptop' : ''),
    kept[planned.mode],
    copies,
    memory,
    disk,
    planned.laptop ? '1' : machines,
    month,
    `${rounded(encodingHours)} (${rounded(encodingHours * 2 * assumed.coreHour)})`,
    `${rounded(gpuHours)} (${rounded(gpuHours * assumed.gpuHour)})`,
    rounded(loadingHours),
  ];
}

/** What a size takes, as the tables say it, with hours as numbers. */
function compute({ photos, mode, laptop = false }: Planned, sizes: SizeResult[], encoding: Results) {
  const size = { photos, native: mode === 'disk', availableMemory: mode === 'disk' ? 0 : Infinity };
  const { neededMemory: memory, neededDisk: disk } = planIndex(512, { ...size, nodes: laptop ? 1 : 3 });
  const { nodes, gb } = laptop ? { nodes: 1, gb: 0 } : cluster(memory, disk);
  const { shards, replicas = 1 } = planIndex(512, { ...size, nodes }); // one is OpenSearch's default
  const money = nodes * gb * assumed.memoryGbMonth + (disk / 1e9) * assumed.diskGbMonth;
  const hours = (perSecond: number) => photos / perSecond / 3600;
  const loading = (sizes.at(-1)?.upload_docs_per_s ?? NaN) * (nodes / (1 + replicas));
  return {
    copies: `${shards} × ${1 + replicas}`,
    machines: laptop ? 'a laptop' : `${nodes} of ${gb} GB`,
    month: laptop ? '–' : rounded(money),
    memory: bytes(memory),
    disk: bytes(disk),
    encodingHours: hours(speed(encoding, 'ours-fp32')),
    gpuHours: hours(gpuSpeed(encoding)),
    loadingHours: hours(loading),
  };
}

/** Three of the smallest nodes that do, since two of three are a majority; else as many of the largest as it takes. */
function cluster(memory: number, disk: number): { nodes: number; gb: number } {
  const kinds = assumed.nodeGb.map((gb) => ({
    gb,
    nodes: Math.max(3, Math.ceil(memory / (1e9 * (gb - Math.min(31, gb / 2)))), Math.ceil(disk / assumed.nodeDisk)),
  }));
  const [largest = { nodes: NaN, gb: NaN }] = kinds.slice(-1);
  return kinds.find(({ nodes }) => nodes === 3) ?? largest;
}

function gpuSpeed(encoding: Results): number {
  return Math.min(assumed.gpuPhotosPerSecond, (speed(encoding, 'decode') / 2) * assumed.gpuCores);
}

function speed({ subjects }: Results, id: string): number {
  return subjects.find((subject) => subject.id === id)?.photosPerSecond?.median ?? NaN;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function bytes(value: number): string {
  return value < 1e12 ? `${rounded(value / 1e9)} GB` : `${rounded(value / 1e12)} TB`;
}

function duration(hours: number): string {
  if (hours < 1 / 60) return `${rounded(hours * 3600)} seconds`;
  if (hours < 1) return `${rounded(hours * 60)} minutes`;
  return hours < 48 ? `${rounded(hours)} hours` : `${rounded(hours / 24)} days`;
}

/** Two digits: estimates have no more. */
function rounded(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}
