import fc from "fast-check";
import type { JoinKernels, Kernels } from "../../../src/kernels/kernels.ts";
import { column, f64s, idsBelow, type Shape, startsOf, strings, u32s, u64s } from "./edges.ts";
import { type CaseMemory, type KernelCases, kernelCase } from "./kernel-case.ts";

const NONE = 0xffffffff;
/** Ids are below this. */
const IDS = 40;

/** Ids, some of them none. */
const ids = (shape: Shape): fc.Arbitrary<Uint32Array> =>
  column(shape, fc.oneof(fc.nat({ max: IDS - 1 }), fc.constant(NONE)), (a, b) => a - b).map((v) =>
    Uint32Array.from(v),
  );
const bitmap = fc
  .array(fc.nat({ max: NONE }), { minLength: 2, maxLength: 2 })
  .map((v) => Uint32Array.from(v));
const marked = (shape: Shape) => fc.record({ rows: ids(shape), bits: bitmap });

/** Keys to look up: some of the keys of the table, and others. */
const lookedUp =
  <T extends Uint32Array | BigUint64Array>(keys: (shape: Shape) => fc.Arbitrary<T>) =>
  (shape: Shape) =>
    fc.record({ own: keys(shape), others: keys("mixed") });

type Grouping = "groups4" | "groups8" | "groupsDouble";

function found(
  k: Kernels,
  m: CaseMemory,
  group: Grouping,
  find: "find4" | "find8" | "findDouble",
  {
    own,
    others,
  }: { readonly own: Uint32Array | BigUint64Array; readonly others: Uint32Array | BigUint64Array },
) {
  const bits = 9;
  const width = own.BYTES_PER_ELEMENT;
  const [first, second] = [m.input(own), m.input(others)];
  const table = m.zeros(1 << bits, width === 4 ? 8 : 16);
  const state = m.zeros(1, 4);
  k[group](first, own.length, table, bits, m.room(own.length, width), state, 256, m.room(own.length, 4));
  const into = m.room(own.length, 4);
  const others4 = m.room(others.length, 4);
  k[find](first, own.length, table, bits, m.room(own.length, 4), into);
  k[find](second, others.length, table, bits, m.room(others.length, 4), others4);
  return [m.bytes(into, own.length * 4), m.bytes(others4, others.length * 4)];
}

/** How the step of keys comes as an inverse and a shift. */
function exact(step: number): { readonly inverse: number; readonly shift: number } {
  const shift = Math.log2(step & -step);
  const odd = BigInt(step >>> shift);
  let inverse = 1n;
  while ((inverse * odd) % 2n ** 32n !== 1n) inverse = (inverse * (2n - inverse * odd)) & 0xffffffffn;
  return { inverse: Number(inverse), shift };
}

const ascendingImages = (shape: Shape): fc.Arbitrary<BigUint64Array> =>
  u64s(shape).map((images) => images.sort());

export const joinCases: KernelCases<JoinKernels> = {
  commonStep: kernelCase(
    (shape) =>
      fc.record({
        places: u32s(shape),
        step: fc.constantFrom(1, 2, 3, 12, 4096, 0x10000001, 2 ** 31),
        base: fc.nat({ max: NONE }),
      }),
    (k, m, { places, step, base }) => {
      const keys = places.map((place) => base + Math.imul(place % Math.ceil(2 ** 32 / step), step));
      return [k.commonStep(m.input(keys), keys.length, base)];
    },
  ),
  denseIds: kernelCase(
    (shape) =>
      fc.record({
        keys: u32s(shape),
        step: fc.constantFrom(1, 2, 3, 7, 12, 4096, 0x10000001),
        base: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: NONE })),
        size: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 2 ** 31 })),
      }),
    (k, m, { keys, step, base, size }) => {
      const into = m.room(keys.length, 4);
      const { inverse, shift } = exact(step);
      k.denseIds(m.input(keys), keys.length, base, inverse, shift, size, into);
      return [m.bytes(into, keys.length * 4)];
    },
  ),
  find4: kernelCase(lookedUp(u32s), (k, m, input) => found(k, m, "groups4", "find4", input)),
  find8: kernelCase(lookedUp(u64s), (k, m, input) => found(k, m, "groups8", "find8", input)),
  findDouble: kernelCase(lookedUp(f64s), (k, m, input) => found(k, m, "groupsDouble", "findDouble", input)),
  findUtf8: kernelCase(
    (shape) => fc.record({ own: strings(shape), others: strings("mixed") }),
    (k, m, { own, others }) => {
      const bits = 9;
      const table = m.zeros(1 << bits, 16);
      const state = m.zeros(1, 4);
      const groups = m.room(own.rows, 8);
      const [ids, work] = [m.room(own.rows, 4), m.room(4160, 1)];
      const [offsets, bytes] = [m.input(own.offsets), m.input(own.bytes)];
      k.groupsUtf8(offsets, bytes, own.rows, table, bits, groups, state, 256, ids, work);
      const [mine, theirs] = [m.room(own.rows, 4), m.room(others.rows, 4)];
      k.findUtf8(offsets, bytes, own.rows, table, bits, groups, mine);
      k.findUtf8(m.input(others.offsets), m.input(others.bytes), others.rows, table, bits, groups, theirs);
      return [m.bytes(mine, own.rows * 4), m.bytes(theirs, others.rows * 4)];
    },
  ),
  imageRuns: kernelCase(ascendingImages, (k, m, images) => {
    const starts = m.room(images.length + 1, 4);
    const runs = m.variable(images);
    const count = k.imageRuns(runs, images.length, runs, starts);
    return [count, m.bytes(runs, count * 8), m.bytes(starts, count * 4 + 4)];
  }),
  mergeIds: kernelCase(
    (shape) => fc.record({ images: ascendingImages(shape), others: ascendingImages("mixed") }),
    (k, m, { images, others }) => {
      const runs = BigUint64Array.from(new Set(others));
      const into = m.room(images.length, 4);
      k.mergeIds(m.input(images), images.length, m.input(runs), runs.length, into);
      const none = m.room(images.length, 4);
      k.mergeIds(m.input(images), images.length, m.input(runs.subarray(0, 0)), 0, none);
      return [m.bytes(into, images.length * 4), m.bytes(none, images.length * 4)];
    },
  ),
  markIds: kernelCase(marked, (k, m, { rows, bits }) => {
    const own = m.variable(bits);
    return [k.markIds(m.input(rows), rows.length, own), m.bytes(own, 8)];
  }),
  startsOfCounts: kernelCase(u32s, (k, m, counts) => {
    const own = m.variable(Uint32Array.from([...counts, 0]));
    k.startsOfCounts(own, counts.length);
    return [m.bytes(own, counts.length * 4 + 4)];
  }),
  keepMarked: kernelCase(marked, (k, m, { rows, bits }) => {
    const own = m.variable(rows);
    k.keepMarked(own, rows.length, m.input(bits));
    return [m.bytes(own, rows.length * 4)];
  }),
  selectUnmarked: kernelCase(marked, (k, m, { rows, bits }) => {
    const into = m.room(rows.length, 4);
    const count = k.selectUnmarked(m.input(rows), rows.length, m.input(bits), into);
    return [count, m.bytes(into, count * 4)];
  }),
  selectFound: kernelCase(
    (shape) => fc.record({ rows: ids(shape), first: fc.constantFrom(0, 5, 2 ** 31, NONE - 200) }),
    (k, m, { rows, first }) => {
      const lefts = m.room(rows.length, 4);
      const rights = m.variable(rows);
      const count = k.selectFound(rights, rows.length, first, lefts, rights);
      return [count, m.bytes(lefts, count * 4), m.bytes(rights, count * 4)];
    },
  ),
  expandMatches: kernelCase(
    (shape) =>
      fc.record({
        rows: ids(shape),
        rights: idsBelow("mixed", IDS),
        outer: fc.constantFrom(0, 1),
        limit: fc.integer({ min: 1, max: 70 }),
      }),
    (k, m, { rows, rights, outer, limit }) => {
      const starts = m.input(Uint32Array.from([...startsOf(rights, IDS), rights.length]));
      const state = m.zeros(2, 4);
      const at = m.input(rows);
      const lefts = m.room(limit, 4);
      const places = m.room(limit, 4);
      const seen = [];
      while (m.u32(state, 1)[0] < rows.length) {
        const count = k.expandMatches(at, rows.length, 7, starts, outer, state, limit, lefts, places);
        seen.push(count, m.bytes(state, 8), m.bytes(lefts, count * 4), m.bytes(places, count * 4));
      }
      return seen;
    },
  ),
  followRows: kernelCase(
    (shape) =>
      fc.record({
        indices: ids(shape),
        rows: fc.array(fc.nat({ max: NONE }), { minLength: IDS, maxLength: IDS }),
      }),
    (k, m, { indices, rows }) => {
      const own = m.variable(indices);
      k.followRows(m.input(Uint32Array.from(rows)), indices.length, own);
      return [m.bytes(own, indices.length * 4)];
    },
  ),
  foundMask: kernelCase(
    (shape) => fc.record({ rows: ids(shape), wanted: fc.constantFrom(0, 1) }),
    (k, m, { rows, wanted }) => {
      const mask = m.room(rows.length, 1);
      k.foundMask(m.input(rows), rows.length, wanted, mask);
      return [m.bytes(mask, rows.length)];
    },
  ),
};
