/** Stands for Node's zlib where only its checksum is used. */
export function crc32(): number {
  return 0;
}
