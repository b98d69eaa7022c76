/** A table printed row by row while its rows are still being measured, so its columns have fixed widths. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  readonly width: number;
}

/** A row's cells in their columns; a cell that is too wide pushes the rest to the right rather than being cut. */
export function tableRow(columns: readonly Column[], cells: readonly string[]): string {
  return columns
    .map(({ align, width }, i) => (align === "left" ? cells[i].padEnd(width) : cells[i].padStart(width)))
    .join("  ")
    .trimEnd();
}

export function tableHeader(columns: readonly Column[]): string[] {
  return [
    tableRow(
      columns,
      columns.map(({ title }) => title),
    ),
    columns.map(({ width }) => "-".repeat(width)).join("  "),
  ];
}
