/** gnista: Spark's programming model in Node.js. Everything a program imports. */
export { Accumulator, type AccumulatorParam } from "./accumulator.ts";
export { Broadcast } from "./broadcast.ts";
export { Context, type ContextOptions } from "./context.ts";
export { type ErrorCode, GnistaError } from "./errors.ts";
export { StatCounter } from "./executor/builtins/stat-counter.ts";
export { TaskContext } from "./executor/task-context.ts";
export { HashPartitioner, type Partitioner, RangePartitioner } from "./plan/partitioner.ts";
export { StorageLevel } from "./plan/storage-level.ts";
export { RDD } from "./rdd/rdd.ts";
export type { EventBus, GnistaEvent, Listener } from "./scheduler/events.ts";
export type { JobMetrics, StageMetrics } from "./scheduler/metrics.ts";
export { SparkFiles } from "./spark-files.ts";
