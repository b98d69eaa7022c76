/** The reference backend: plain loops over the segment's typed arrays. */
import type { Segment } from "../../memory/segment.ts";
import type { Kernels } from "../kernels.ts";
import { aggregateKernels } from "./aggregate.ts";
import { bytePlaneKernels } from "./byte-planes.ts";
import { hashKernels } from "./hash.ts";
import { joinKernels } from "./join.ts";
import { lz4Kernels } from "./lz4.ts";
import { pairKernels } from "./pairs.ts";
import { partitionKernels } from "./partition.ts";
import { selectKernels } from "./select.ts";
import { sortKernels } from "./sort.ts";
import { sortStringKernels } from "./sort-strings.ts";
import { stringKernels } from "./strings.ts";

export function jsKernels(segment: Segment): Kernels {
  return {
    backend: "js",
    ...partitionKernels(segment),
    ...selectKernels(segment),
    ...aggregateKernels(segment),
    ...hashKernels(segment),
    ...joinKernels(segment),
    ...sortKernels(segment),
    ...pairKernels(segment),
    ...sortStringKernels(segment),
    ...stringKernels(segment),
    ...bytePlaneKernels(segment),
    ...lz4Kernels(segment),
  };
}
