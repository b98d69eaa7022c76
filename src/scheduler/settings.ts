/** How the scheduler deals with what fails; Spark's settings of the same names, with its defaults. */
export interface SchedulerSettings {
  /** spark.task.maxFailures */
  readonly maxTaskFailures: number;
  /** spark.stage.maxConsecutiveAttempts */
  readonly maxStageAttempts: number;
}
