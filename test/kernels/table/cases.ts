/** The cases of all kernels, a file a family. */
import { aggregateCases } from "./aggregate.ts";
import { compressCases } from "./compress.ts";
import { hashCases } from "./hash.ts";
import { joinCases } from "./join.ts";
import type { KernelCase, KernelName } from "./kernel-case.ts";
import { pairCases } from "./pairs.ts";
import { partitionCases } from "./partition.ts";
import { selectCases } from "./select.ts";
import { sortCases } from "./sort.ts";
import { stringCases } from "./strings.ts";

export const CASES: Readonly<Record<KernelName, KernelCase>> = {
  ...aggregateCases,
  ...compressCases,
  ...hashCases,
  ...joinCases,
  ...pairCases,
  ...partitionCases,
  ...selectCases,
  ...sortCases,
  ...stringCases,
};
