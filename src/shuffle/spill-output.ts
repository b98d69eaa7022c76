/** A map output on disk that was in memory, or partly: all its pieces keep their order and layout, so that nothing that is read changes. */
import type { Compute } from "../kernels/compute.ts";
import type { DiskFiles } from "../storage/disk-files.ts";
import { isOnDisk } from "./load-pieces.ts";
import type { MapOutput, MapPiece, MapTask } from "./map-output.ts";
import { spillPieces } from "./spill-pieces.ts";

/** The output given stays as it is; its files are the new one's too. Throws what writing throws, and keeps nothing then. */
export function spillOutput(compute: Compute, files: DiskFiles, output: MapOutput, from: MapTask): MapOutput {
  const file = files.create();
  try {
    // Tasks spill what they wrote first.
    const onDisk = output.pieces.filter(isOnDisk);
    const inMemory = output.pieces.filter((piece): piece is MapPiece => !isOnDisk(piece));
    const task = { heap: compute.heap, compute, checkCancelled: () => {} };
    const spilled = spillPieces(task, inMemory, output.sizes.length, from, file);
    return { ...output, pieces: [...onDisk, ...spilled], regions: [], files: [...output.files, file.name] };
  } catch (error) {
    files.remove(file.name);
    throw error;
  } finally {
    file.close();
  }
}
