import { markdownTable } from './markdown';
import type { Results, Soak, SubjectResult } from './results';
import type { Spread } from './statistics';

/** The tables of a run, in Markdown. */
export function resultTables({
  date,
  command,
  machine,
  load,
  photos,
  rounds,
  subjects,
  soak,
  ratios,
}: Results): string {
  const known = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const original = subjects.find(({ id }) => id === 'original')?.photosPerSecond?.median;
  const sections = [
    `\`${command}\`, ${date}. ${photos} photos in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ` +
      `Load of the machine (1 minute) before ${load.before.toFixed(1)}, after ${load.after.toFixed(1)}.\n`,
    `${known.join('; ')}.\n`,
    '### Photos to vectors\n',
    markdownTable(
      [
        'way',
        'weights',
        'photos/s: median (least–most)',
        'times the original',
        'processor ms/photo',
        'load, s',
        'peak memory, MB',
        'least cosine to the original',
      ],
      subjects.map((subject) => photoRow(subject, original)),
    ),
    '### A text to a vector\n',
    markdownTable(
      ['way', 'weights', 'ms: median (least–most)', 'load, s', 'least cosine to the original'],
      subjects.filter(({ textMs }) => textMs).map(textRow),
    ),
    soak ? soakSection(soak) : '',
    '### Ratios\n',
    markdownTable(
      ['ratio', 'value'],
      Object.entries(ratios).map(([name, value]) => [`\`${name}\``, String(value)]),
    ),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function photoRow(subject: SubjectResult, original?: number): string[] {
  const { name, dtype, photosPerSecond, cpuMsPerPhoto, loadSeconds, peakRssMb } = subject;
  const times = original && photosPerSecond ? (photosPerSecond.median / original).toFixed(2) : '';
  return [
    name,
    subject.id === 'decode' ? '' : dtype,
    spreadText(photosPerSecond, 1),
    times,
    cpuMsPerPhoto?.median.toFixed(1) ?? '',
    loadSeconds?.median.toFixed(1) ?? '',
    String(peakRssMb),
    subject.photoCosine?.toFixed(4) ?? '',
  ];
}

function textRow({ name, dtype, textMs, textLoadSeconds, textCosine }: SubjectResult): string[] {
  return [name, dtype, spreadText(textMs, 1), textLoadSeconds?.median.toFixed(1) ?? '', textCosine?.toFixed(4) ?? ''];
}

function soakSection({ dtype, photos, rssMb, peakRssMb }: Soak): string {
  const counts = rssMb.map((_, i) => String((i + 1) * 1000));
  return [
    `### Memory over ${photos} photos in one process (${dtype}): median of each thousand, and peak\n`,
    markdownTable(['photos', ...counts, 'peak'], [['MB', ...rssMb.map(String), String(peakRssMb)]]),
  ].join('\n');
}

function spreadText(value: Spread | undefined, digits: number): string {
  if (!value) return '';
  const { median, min, max } = value;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
