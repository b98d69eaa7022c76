/**
 * A closure that stays JavaScript, since it builds objects and calls a library: what gnista adds to each row on one thread, and what a second
 * one brings. The peer is the loop that one would write by hand.
 */
import type { Context } from "../../src/index.ts";
import { randomU32 } from "../data.ts";
import { openContext } from "../peers/gnista.ts";
import type { Contender, Setting, Workload } from "../workload.ts";
import { type Place, placeOf } from "./library/places.ts";

const rowsOf = ({ rows }: Setting): number => Math.ceil(rows / 10);

export const javascriptClosure: Workload = {
  name: "javascript-closure",
  title: () => "a closure that builds objects and calls a library",
  rows: rowsOf,
  floor: () => null,
  targets: [
    { contender: "gnista", than: "plain loop", times: 1.5 },
    { contender: "gnista, one thread", than: "plain loop", times: 1 / 1.3 },
  ],
  prepare: async (setting) => {
    const ids = Float64Array.from(randomU32(rowsOf(setting), 13));
    const many = await openContext(setting);
    const one = await openContext({ ...setting, threads: 1 });
    const contender = async (name: string, sc: Context): Promise<Contender> => {
      const rows = sc.parallelize<number>(ids);
      await rows.count();
      return {
        name,
        run: async () => {
          const sum = await rows
            .map((id) => describe(id))
            .filter((place) => place.name !== "nowhere")
            .map((place) => place.height * place.name.length)
            .sum();
          return { digest: () => [sum] };
        },
      };
    };
    return {
      contenders: [
        await contender("gnista", many),
        await contender("gnista, one thread", one),
        {
          name: "plain loop",
          run: () => {
            let sum = 0;
            for (let i = 0; i < ids.length; i++) {
              const place = describe(ids[i]);
              if (place.name !== "nowhere") sum += place.height * place.name.length;
            }
            return { digest: () => [sum] };
          },
        },
      ],
      close: async () => {
        await many.stop();
        await one.stop();
      },
    };
  },
};

function describe(id: number): { name: string; height: number } {
  const place: Place = placeOf(id);
  return { name: place.tags.get("name") ?? "nowhere", height: Math.hypot(place.x, place.y) };
}
