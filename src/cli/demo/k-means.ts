/** Lloyd's k-means written with map and reduceByKey, as a user would write it the first time. */
import { type Flight, flights } from "./datasets.ts";
import { close, count, prepared, type Workload } from "./workload.ts";

const K = 4;

type Point = readonly [x: number, y: number, z: number];
/** The sums of some points' coordinates, and how many points they are. */
type Sum = readonly [x: number, y: number, z: number, points: number];

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

function add(a: Sum, b: Sum): Sum {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

function mean([x, y, z, points]: Sum): Point {
  return [x / points, y / points, z / points];
}

export const kMeans: Workload = {
  name: "k-means",
  about: `flights in ${K} groups that are alike in delay, distance and hour of the day`,
  data: "vega-datasets",
  prepare(quick) {
    const all = flights();
    const table = quick ? all.filter((_, i) => i % 10 === 0) : all;
    const iterations = quick ? 3 : 10;
    const first = Array.from({ length: K }, (_, i) => point(table[Math.floor((i * table.length) / K)]));
    return prepared<readonly Point[]>({
      input: `${count(table.length)} flights, ${iterations} iterations`,
      rows: table.length * iterations,
      plain() {
        let centres: readonly Point[] = first;
        for (let i = 0; i < iterations; i++) {
          const sums = centres.map(() => [0, 0, 0, 0] as [number, number, number, number]);
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
        let centres: readonly Point[] = first;
        for (let i = 0; i < iterations; i++) {
          const now = centres;
          const sums = await points
            .map((p): [number, Sum] => [closest(p, now), [p[0], p[1], p[2], 1]])
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
      show: (centres) => [
        "the middle of each group:",
        ...[...centres]
          .sort((a, b) => a[1] - b[1])
          .map(
            ([delay, distance, time]) =>
              `  ${(distance * 100).toFixed(0).padStart(5)} miles, at ${clock(time)}, ${(delay * 60).toFixed(0)} minutes late`,
          ),
      ],
    });
  },
};

function clock(hour: number): string {
  const minutes = Math.round(hour * 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
