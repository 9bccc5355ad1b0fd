/** Where the cells of a column stand. */
type Align = 'left' | 'right';

/**
 * Rows of cells as lines of text, in columns with two spaces between them.
 *
 * @param align of each column; the last one counts for all that follow
 */
export function textTable(rows: readonly (readonly string[])[], align: readonly Align[] = ['left']): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const cellText = (cell: string, at: number) => {
    const width = widths[at] ?? cell.length;
    return (align[at] ?? align.at(-1)) === 'right' ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(cellText).join('  ').trimEnd()).join('\n');
}
