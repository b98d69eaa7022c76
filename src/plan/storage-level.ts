/**
 * Where a persisted partition is kept, with Spark's names and flags
 * (https://spark.apache.org/docs/latest/rdd-programming-guide.html#rdd-persistence).
 */
export interface StorageLevel {
  readonly useDisk: boolean;
  readonly useMemory: boolean;
  readonly useOffHeap: boolean;
  readonly deserialized: boolean;
  readonly replication: number;
}

function level(
  disk: boolean,
  memory: boolean,
  offHeap: boolean,
  deserialized: boolean,
  replication = 1,
): StorageLevel {
  return Object.freeze({ useDisk: disk, useMemory: memory, useOffHeap: offHeap, deserialized, replication });
}

/**
 * @example
 * sc.range(3).persist(StorageLevel.MEMORY_ONLY).getStorageLevel().useMemory // => true
 */
export const StorageLevel = {
  NONE: level(false, false, false, false),
  DISK_ONLY: level(true, false, false, false),
  DISK_ONLY_2: level(true, false, false, false, 2),
  DISK_ONLY_3: level(true, false, false, false, 3),
  MEMORY_ONLY: level(false, true, false, true),
  MEMORY_ONLY_2: level(false, true, false, true, 2),
  MEMORY_ONLY_SER: level(false, true, false, false),
  MEMORY_ONLY_SER_2: level(false, true, false, false, 2),
  MEMORY_AND_DISK: level(true, true, false, true),
  MEMORY_AND_DISK_2: level(true, true, false, true, 2),
  MEMORY_AND_DISK_SER: level(true, true, false, false),
  MEMORY_AND_DISK_SER_2: level(true, true, false, false, 2),
  OFF_HEAP: level(true, true, true, false),
} as const;

/** The level with a disk added: what is kept leaves memory without being lost. */
export function withDisk(level: StorageLevel): StorageLevel {
  if (level.useDisk) return level;
  const { deserialized, replication } = level;
  const wanted = (other: StorageLevel): boolean =>
    other.useDisk &&
    other.useMemory &&
    !other.useOffHeap &&
    other.deserialized === deserialized &&
    other.replication === replication;
  return Object.values(StorageLevel).find(wanted)!;
}

/** As Spark words it: "Disk Memory Deserialized 1x Replicated". */
export function storageLevelString(level: StorageLevel): string {
  const { useDisk, useMemory, useOffHeap, deserialized, replication } = level;
  const words = [
    useDisk ? "Disk " : "",
    useMemory ? `Memory ${useOffHeap ? "(off heap) " : ""}` : "",
    deserialized ? "Deserialized " : "Serialized ",
  ];
  return `${words.join("")}${replication}x Replicated`;
}
