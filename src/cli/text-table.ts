/** Rows as text in columns, for a terminal. `cellWidth`: longer cells are cut; Infinity keeps them whole. */
export function textTable(columns: readonly string[], rows: readonly unknown[][], cellWidth: number): string {
  const cells = rows.map((row) => row.map((value) => cut(cellText(value), cellWidth)));
  const widths = columns.map((column, index) =>
    cells.reduce((widest, row) => Math.max(widest, length(row[index] ?? '')), length(column)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - length(cell)))
      .join('  ')
      .trimEnd();
  const ruler = widths.map((width) => '-'.repeat(width));
  return [line(columns), line(ruler), ...cells.map(line)].join('\n');
}

function cellText(value: unknown): string {
  if (value === null) return 'NULL';
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`;
  // Line breaks and other control characters would break the table.
  return String(value)
    .replace(/\r?\n/g, '↵')
    .replace(/\p{Cc}/gu, '·');
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
}

function length(text: string): number {
  return [...text].length;
}
