import type { Spread } from './statistics';

/** What `bench/results.json` holds: all from one run. */
export interface Results {
  date: string;
  command: string;
  machine: Record<string, string>;
  /** Load of the machine (1 minute) before and after; the benchmark itself makes about 2 on 2 cores. */
  load: { before: number; after: number };
  photos: number;
  rounds: number;
  subjects: SubjectResult[];
  soak?: Soak;
  ratios: Ratios;
}

export interface SubjectResult {
  id: string;
  name: string;
  dtype: string;
  ceiling: boolean;
  photosPerSecond?: Spread;
  /** Time of all processor cores for one photo. */
  cpuMsPerPhoto?: Spread;
  /** One text to a vector; the spread is that of the rounds' medians. */
  textMs?: Spread;
  loadSeconds?: Spread;
  textLoadSeconds?: Spread;
  /** Of the process that turns photos into vectors. */
  peakRssMb: number;
  /** Least cosine of its vectors to those of the original's way, over some photos and texts of each round. */
  photoCosine?: number;
  textCosine?: number;
}

export interface Soak {
  dtype: string;
  photos: number;
  /** Memory during each thousand photos (median), in MB. */
  rssMb: number[];
  peakRssMb: number;
}

interface Ratios {
  /** Photos per second of ours over those of the original's way. */
  fp32_vs_original: number;
  q8_vs_original: number;
  /** Photos per second of ours over 1 / (1 / model + 1 / decode); the lesser of fp32 and q8. */
  of_ceiling: number;
  of_ceiling_fp32: number;
  of_ceiling_q8: number;
  /** fp16 over fp32, of ours. */
  fp16_vs_fp32: number;
  /** Most memory of ours in fp32 or q8, or in the soak, in MB. fp16, which nobody gets unasked, has its own figure. */
  peak_rss_mb: number;
  /** Most memory of ours in fp16, in MB: more, as it is there twice while it is loaded. */
  peak_rss_mb_fp16: number;
}

/** Ratios of the medians, and the most memory. What was not measured comes out as NaN. */
export function ratiosOf(subjects: SubjectResult[], soak?: Soak): Ratios {
  const speed = (id: string) => subjects.find((subject) => subject.id === id)?.photosPerSecond?.median ?? NaN;
  const ofCeiling = (dtype: string) => speed(`ours-${dtype}`) * (1 / speed(`model-${dtype}`) + 1 / speed('decode'));
  const peak = (...ids: string[]) => {
    const measured = subjects.filter(({ id }) => ids.includes(id));
    return measured.length > 0 ? Math.max(...measured.map(({ peakRssMb }) => peakRssMb)) : NaN;
  };
  const rounded = (value: number) => Number(value.toPrecision(4));
  return {
    fp32_vs_original: rounded(speed('ours-fp32') / speed('original')),
    q8_vs_original: rounded(speed('ours-q8') / speed('original')),
    of_ceiling: rounded(Math.min(ofCeiling('fp32'), ofCeiling('q8'))),
    of_ceiling_fp32: rounded(ofCeiling('fp32')),
    of_ceiling_q8: rounded(ofCeiling('q8')),
    fp16_vs_fp32: rounded(speed('ours-fp16') / speed('ours-fp32')),
    peak_rss_mb: Math.max(peak('ours-fp32', 'ours-q8'), soak?.peakRssMb ?? 0),
    peak_rss_mb_fp16: peak('ours-fp16'),
  };
}
