import { hashNumber, nonNegativeMod } from "../../column/hash-value.ts";
import type { Segment } from "../../memory/segment.ts";
import type { PartitionKernels } from "../kernels.ts";

export function partitionKernels({ i32, u32, f64 }: Segment): PartitionKernels {
  return {
    partitionInts(keys, length, n, into) {
      for (let i = 0; i < length; i++) u32[into / 4 + i] = nonNegativeMod(i32[keys / 4 + i], n);
    },
    partitionDoubles(keys, length, n, into) {
      for (let i = 0; i < length; i++) u32[into / 4 + i] = nonNegativeMod(hashNumber(f64[keys / 8 + i]), n);
    },
    partitionHashes(hashes, length, n, into) {
      for (let i = 0; i < length; i++) u32[into / 4 + i] = nonNegativeMod(i32[hashes / 4 + i], n);
    },
    histogram(ids, length, counts) {
      for (let i = 0; i < length; i++) u32[counts / 4 + u32[ids / 4 + i]]++;
    },
    positions(ids, length, next, into) {
      for (let i = 0; i < length; i++) u32[into / 4 + i] = u32[next / 4 + u32[ids / 4 + i]]++;
    },
    scatter4(source, positions, length, target) {
      for (let i = 0; i < length; i++) u32[target / 4 + u32[positions / 4 + i]] = u32[source / 4 + i];
    },
    scatter8(source, positions, length, target) {
      for (let i = 0; i < length; i++) {
        const to = target / 4 + u32[positions / 4 + i] * 2;
        u32[to] = u32[source / 4 + i * 2];
        u32[to + 1] = u32[source / 4 + i * 2 + 1];
      }
    },
    cellCounts(keys, length, n, base, shift, runs, counts) {
      for (let i = 0; i < length; i++) {
        const key = u32[keys / 4 + i];
        u32[counts / 4 + nonNegativeMod(key | 0, n) * runs + ((key - base) >>> shift)]++;
      }
    },
    scatterCells(keys, values, length, n, base, shift, runs, next, outKeys, outValues) {
      for (let i = 0; i < length; i++) {
        const key = u32[keys / 4 + i];
        const at = u32[next / 4 + nonNegativeMod(key | 0, n) * runs + ((key - base) >>> shift)]++;
        u32[outKeys / 4 + at] = key;
        f64[outValues / 8 + at] = f64[values / 8 + i];
      }
    },
    codeCellCounts(codes, length, partitions, shift, runs, counts) {
      for (let i = 0; i < length; i++) {
        const code = u32[codes / 4 + i];
        u32[counts / 4 + u32[partitions / 4 + code] * runs + (code >>> shift)]++;
      }
    },
    scatterCodeCells(codes, values, length, partitions, shift, runs, next, outKeys, outValues) {
      for (let i = 0; i < length; i++) {
        const code = u32[codes / 4 + i];
        const at = u32[next / 4 + u32[partitions / 4 + code] * runs + (code >>> shift)]++;
        u32[outKeys / 4 + at] = code;
        f64[outValues / 8 + at] = f64[values / 8 + i];
      }
    },
  };
}
