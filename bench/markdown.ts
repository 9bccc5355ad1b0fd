import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

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
  const whole = after === undefined ? `${page.trimEnd()}\n\n${part}\n` : `${before}${part}${after}`;
  await writeFile(file, await format(whole, { ...(await resolveConfig(file)), parser: 'markdown' }));
}

/** A table in Markdown, with a line break at its end. */
export function markdownTable(head: string[], rows: string[][]): string {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''].join('\n');
}
