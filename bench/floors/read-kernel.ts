/**
 * A WebAssembly function that does nothing but read memory: read(from, to) xors everything between two pointers, 128 bytes a turn in eight
 * independent chains. Written as bytes, so that the floor does not depend on any kernel that is compared with it.
 */
const V128 = 0x7b;
const I32 = 0x7f;
const CHAINS = 8;
const FROM = [0x20, 0];
const TO = [0x20, 1];

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];
const text = (s: string): number[] => [s.length, ...Buffer.from(s)];
const xor = [0xfd, ...leb(81)];

function body(): number[] {
  const get = (chain: number): number[] => [0x20, 2 + chain];
  const set = (chain: number): number[] => [0x21, 2 + chain];
  const chains = Array.from({ length: CHAINS }, (_, i) => i);
  return [
    ...[1, CHAINS, V128],
    ...[0x03, 0x40],
    ...chains.flatMap((i) => [...get(i), ...FROM, 0xfd, 0, 4, ...leb(16 * i), ...xor, ...set(i)]),
    // from += 128, and again while from < to.
    ...[...FROM, 0x41, ...[0x80, 0x01], 0x6a, 0x22, 0, ...TO, 0x49, 0x0d, 0, 0x0b],
    ...get(0),
    ...chains.slice(1).flatMap((i) => [...get(i), ...xor]),
    ...[0xfd, ...leb(27), 0],
    0x0b,
  ];
}

export function readKernel(memory: WebAssembly.Memory): (from: number, to: number) => number {
  const code = body();
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 1, I32]),
    ...section(2, [1, ...text("env"), ...text("memory"), 2, 3, 1, ...leb(65536)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("read"), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports["read"] as (from: number, to: number) => number;
}
