/** Copies `bytes` from `source` to `target`; the regions may overlap. */
export function copyBytes(target: usize, source: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}
