import type { Segment } from "../../memory/segment.ts";
import type { CompressKernels } from "../compress-kernels.ts";

export function bytePlaneKernels({ u8 }: Segment): Pick<CompressKernels, "toBytePlanes" | "fromBytePlanes"> {
  return {
    toBytePlanes(source, length, width, target) {
      for (let k = 0; k < width; k++)
        for (let i = 0; i < length; i++) u8[target + k * length + i] = u8[source + i * width + k];
    },
    fromBytePlanes(source, length, width, target) {
      for (let k = 0; k < width; k++)
        for (let i = 0; i < length; i++) u8[target + i * width + k] = u8[source + k * length + i];
    },
  };
}
