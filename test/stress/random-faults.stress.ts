/** Thousands of random programs under random faults. GNISTA_TEST_SEED repeats them. */
import { it } from "vitest";
import { SEED, survive } from "../scheduler/random-faults.ts";

const RUNS = 20 * Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

it(`random programs survive what goes wrong, seed ${SEED}`, { timeout: 3_600_000 }, () => survive(RUNS));
