/** How the scheduler deals with what fails or takes long: Spark's settings, read by `context/engine-conf.ts`. Times are in milliseconds. */
export interface SchedulerSettings {
  /** spark.task.maxFailures */
  readonly maxTaskFailures: number;
  /** spark.stage.maxConsecutiveAttempts */
  readonly maxStageAttempts: number;
  /** spark.speculation; null when off. */
  readonly speculation: SpeculationSettings | null;
  /** spark.excludeOnFailure; null when off. */
  readonly exclusion: ExclusionSettings | null;
}

export interface SpeculationSettings {
  /** How often to look for tasks that take long. */
  readonly interval: number;
  /** How many times as long as the median task they take. */
  readonly multiplier: number;
  /** The share of a stage's tasks that must have ended before. */
  readonly quantile: number;
  /** No task is one of them before. */
  readonly minTaskRuntime: number;
}

/** How many failures exclude a worker. */
export interface ExclusionSettings {
  /** Of a task, from trying that task again. */
  readonly taskAttempts: number;
  /** Of different tasks of a stage, from the stage. */
  readonly stageFailures: number;
  /** Of different tasks of stages that succeeded, from everything, for `timeout`. */
  readonly applicationFailures: number;
  readonly timeout: number;
}
