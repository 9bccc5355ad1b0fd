import { readFile, writeFile } from 'node:fs/promises';

/** A table in Markdown, with a line break at its end. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''].join('\n');
}

/**
 * Writes a program's part of a page, between two marks that name the program; what people wrote around them stays. A
 * page without the marks gets them at its end.
 */
export async function writePart(file: string, program: string, text: string): Promise<void> {
  const begin = `<!-- Written by ${program}, from here -->`;
  const end = `<!-- to here: ${program} -->`;
  const page = await readFile(file, 'utf8').catch(() => '# Results\n');
  const part = `${begin}\n\n${text.trim()}\n\n${end}`;
  const [before = '', rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  await writeFile(file, after === undefined ? `${page.trimEnd()}\n\n${part}\n` : `${before}${part}${after}`);
}
