/** The sections of a WebAssembly module. */

/** The section that a module of ours must not have: every instance over the shared memory would write it again. */
export const DATA = 11;

/** The ids of a module's sections, in order. */
export function sections(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    found.push(bytes[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return found;
}
