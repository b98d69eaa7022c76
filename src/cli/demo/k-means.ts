/** Lloyd's k-means written with map and reduceByKey, as a user would write it the first time. */
import { type Flight, flights } from "./datasets.ts";
import { close, prepared, type Workload } from "./workload.ts";

const ITERATIONS = 10;
const K = 4;

type Point = [number, number, number];

/** Hours late, hundreds of miles, hours of the day: numbers of about the same size. */
function point({ delay, distance, time }: Flight): Point {
  return [delay / 60, distance / 100, time];
}

function closest([x, y, z]: Point, centres: readonly Point[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < centres.length; i++) {
    const [a, b, c] = centres[i];
    const d = (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2;
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return best;
}

type Sum = [number, number, number, number];

function add(a: Sum, b: Sum): Sum {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

function mean([x, y, z, n]: Sum): Point {
  return [x / n, y / n, z / n];
}

export const kMeans: Workload = {
  name: "k-means",
  about: `200,000 flights in ${K} groups by delay, distance and hour, ${ITERATIONS} iterations.`,
  prepare() {
    const table = flights();
    const first = Array.from({ length: K }, (_, i) => point(table[Math.floor((i * table.length) / K)]));
    return prepared<Point[]>({
      rows: table.length * ITERATIONS,
      plain() {
        let centres = first;
        for (let i = 0; i < ITERATIONS; i++) {
          const sums = centres.map((): Sum => [0, 0, 0, 0]);
          for (const flight of table) {
            const p = point(flight);
            const sum = sums[closest(p, centres)];
            for (let j = 0; j < 3; j++) sum[j] += p[j];
            sum[3]++;
          }
          centres = sums.map((sum, j) => (sum[3] === 0 ? centres[j] : mean(sum)));
        }
        return centres;
      },
      async run(sc, cached, start) {
        const points = sc.parallelize(table).map(point);
        if (cached) await points.persist().count();
        start();
        let centres = first;
        for (let i = 0; i < ITERATIONS; i++) {
          const now = centres;
          const sums = await points
            .map((p) => [closest(p, now), [...p, 1] as Sum] as [number, Sum])
            .reduceByKey(add)
            .collectAsMap();
          centres = centres.map((centre, j) => {
            const sum = sums.get(j);
            return sum === undefined ? centre : mean(sum);
          });
        }
        points.unpersist();
        return centres;
      },
      agree: (a, b) => a.every((centre, i) => centre.every((x, j) => close(x, b[i][j]))),
      show: (centres) =>
        [...centres]
          .sort((a, b) => a[1] - b[1])
          .map(
            ([delay, distance, time]) =>
              `flights of ${(distance * 100).toFixed(0)} miles at ${time.toFixed(1)} h are ${(delay * 60).toFixed(0)} minutes late`,
          ),
    });
  },
};
