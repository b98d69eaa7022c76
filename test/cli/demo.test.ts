import { afterAll, describe, expect, it } from "vitest";
import { Folder } from "./support.ts";

const folder = new Folder();
afterAll(() => folder.remove());

describe("gnista demo", () => {
  it("runs every workload on every backend, from its source and from memory, and checks the answers", async () => {
    const { code, out, err } = await folder.gnista("demo", "--quick");
    expect(err).toBe("");
    expect(code).toBe(0);
    for (const workload of ["word count", "inverted index", "PageRank", "k-means"]) {
      for (const backend of ["js", "wasm"])
        for (const cached of ["no", "yes"])
          expect(out).toMatch(new RegExp(`^${workload} +${backend} +${cached} .* yes$`, "m"));
    }
    expect(out).toContain("All 16 answers agree.");
    expect(out).not.toContain("vs plain");
  });

  it("runs the workloads that are named", async () => {
    const { code, out } = await folder.gnista("demo", "k-means", "--quick");
    expect(code).toBe(0);
    expect(out).toContain("All 4 answers agree.");
    expect(out).not.toContain("PageRank");
  });

  it("says what it does not know", async () => {
    const workload = await folder.gnista("demo", "chess");
    expect(workload.code).toBe(2);
    expect(workload.err).toContain("word-count, inverted-index, page-rank, k-means");
    const option = await folder.gnista("demo", "--fast");
    expect(option).toEqual({
      code: 2,
      out: "",
      err: "the demo has no option --fast; its only one is --quick\nusage: gnista demo [workload...] [--quick]\n",
    });
  });
});
