/** Random programs under random faults: some dozens, or hundreds with more GNISTA_TEST_RUNS. GNISTA_TEST_SEED repeats them. */
import { it } from "vitest";
import { SEED, survive } from "./random-faults.ts";

const RUNS = Math.ceil(0.3 * Number(process.env["GNISTA_TEST_RUNS"] ?? 100));

it(`random programs survive what goes wrong, seed ${SEED}`, { timeout: 3_600_000 }, () => survive(RUNS));
