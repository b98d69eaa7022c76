import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";

for (const master of ["local", "local[2]"])
  describe(`the error of a job whose task failed on ${master}`, () => {
    let sc: Context;
    beforeAll(async () => {
      sc = await Context.create({ master });
    });
    afterAll(() => sc.stop());

    const thrownBy = (fn: (x: number) => unknown): Promise<Error> =>
      sc
        .parallelize([1], 1)
        .map(fn)
        .collect()
        .then(
          () => expect.unreachable(),
          (error: Error) => error,
        );

    it("has the error as its cause and its line in the message", async () => {
      const error = await thrownBy((x) => {
        throw Object.assign(new RangeError(`no ${x}`), { detail: x });
      });
      expect(error).toMatchObject({
        code: "JOB_FAILED",
        message: expect.stringMatching(
          /^the task for partition 0 of map at .*task-error\.test\.ts.* failed 4 times: RangeError: no 1, thrown at .*task-error\.test\.ts:\d+:\d+$/,
        ),
        place: { partition: 0, source: expect.stringMatching(/task-error\.test\.ts:\d+:\d+$/) },
        cause: expect.any(RangeError),
      });
      expect(error.cause).toMatchObject({
        message: "no 1",
        stack: expect.stringMatching(/task-error\.test\.ts/),
      });
    });

    it.each([
      ["text", "'text'"],
      [null, "null"],
      [7n, "7n"],
      [{ a: 1 }, "{ a: 1 }"],
    ])("keeps what is no error, and says so: %o", async (thrown, shown) => {
      const error = await thrownBy(() => {
        throw thrown;
      });
      expect(error.message).toContain(`failed 4 times: ${shown} was thrown, which is no Error`);
      expect(error.message).toMatch(/of map at .*task-error\.test\.ts:\d+/);
      expect(error.cause).toEqual(thrown);
    });

    it("shows what cannot travel", async () => {
      const error = await thrownBy(() => {
        throw () => 1;
      });
      expect(error.message).toContain("[Function (anonymous)] was thrown");
      expect(error.cause).toMatchObject({ message: "[Function (anonymous)]" });
      const bare = await thrownBy(() => {
        throw Object.create(null);
      });
      expect(bare.message).toContain("was thrown, which is no Error");
    });

    it("names the user's line also where another attempt cannot help", async () => {
      const sum = sc.longAccumulator();
      expect(await thrownBy(() => sum.value)).toMatchObject({
        code: "UNSUPPORTED_OPERATION",
        place: { partition: 0, source: expect.stringMatching(/task-error\.test\.ts:\d+:\d+$/) },
      });
    });
  });
