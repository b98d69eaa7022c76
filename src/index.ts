/** gnista: Spark's programming model in Node.js. Everything a program imports. */
export { Accumulator, type AccumulatorParam, type AccumulatorV2, NumberAccumulator } from "./accumulator.ts";
export type { ArrowFormat } from "./arrow/write-table.ts";
export { Broadcast } from "./broadcast.ts";
export type { RDDStorageInfo } from "./context/context-base.ts";
export type { SequenceFileInput } from "./context/file-sources.ts";
export type { ContextOptions } from "./context/options.ts";
export type { BigIntArray, NumberArray } from "./context/sources.ts";
export type { JobInfo, StageInfo, StatusTracker } from "./context/status-tracker.ts";
export { Context } from "./context.ts";
export { type ErrorCode, GnistaError } from "./errors.ts";
export { BarrierTaskContext } from "./executor/barrier-task-context.ts";
export { StatCounter } from "./executor/builtins/stat-counter.ts";
export { TaskContext } from "./executor/task-context.ts";
export type { SequenceFileOutput } from "./io/sequence/sequence-format.ts";
export { HashPartitioner, type Partitioner, RangePartitioner } from "./plan/partitioner.ts";
export { StorageLevel } from "./plan/storage-level.ts";
export type { ActionOptions } from "./rdd/action-call.ts";
export type { TreeOptions } from "./rdd/aggregation.ts";
export {
  type ApproximateEvaluator,
  type BoundedDouble,
  CountEvaluator,
  GroupedCountEvaluator,
  MeanEvaluator,
  SumEvaluator,
} from "./rdd/approximate-evaluator.ts";
export { FutureAction } from "./rdd/future-action.ts";
export type { Ordering } from "./rdd/ordering.ts";
export type { OutputCodec } from "./rdd/output-actions.ts";
export type { PartialResult } from "./rdd/partial-result.ts";
export type { PartitionEvaluator, PartitionEvaluatorFactory } from "./rdd/partition-evaluator.ts";
export type { PipeOptions, RDDBarrier } from "./rdd/partition-operations.ts";
export { PartitionPruningRDD } from "./rdd/partition-pruning-rdd.ts";
export { RDD } from "./rdd/rdd.ts";
export type { Pair, Rows } from "./rdd/types.ts";
export type { EventBus, GnistaEvent, Listener } from "./scheduler/events.ts";
export type { JobMetrics, StageMetrics } from "./scheduler/metrics.ts";
export { SparkFiles } from "./spark-files.ts";
