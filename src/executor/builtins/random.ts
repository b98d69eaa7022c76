/** java.util.Random's linear congruential generator, so that samples are repeatable from a seed and differ between partitions. */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & MASK;
  }

  /** One generator a partition. Seeds are mixed first, since those near each other begin alike. */
  static ofPartition(seed: number, partition: number): Random {
    let mixed = BigInt.asUintN(64, BigInt(Math.trunc(seed)) + BigInt(partition + 1) * 0x9e3779b97f4a7c15n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return new Random(Number((mixed ^ (mixed >> 31n)) & MASK));
  }

  #next(bits: number): number {
    this.#state = (this.#state * 0x5deece66dn + 0xbn) & MASK;
    return Number(this.#state >> BigInt(48 - bits));
  }

  /** Uniform in [0, 1). */
  nextDouble(): number {
    return (this.#next(26) * 2 ** 27 + this.#next(27)) * 2 ** -53;
  }

  /** Knuth's method for small means; the normal approximation from 64 on. */
  nextPoisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 64) {
      const normal =
        Math.sqrt(-2 * Math.log(1 - this.nextDouble())) * Math.cos(2 * Math.PI * this.nextDouble());
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
    }
    const limit = Math.exp(-mean);
    let n = 0;
    for (let product = this.nextDouble(); product > limit; product *= this.nextDouble()) n++;
    return n;
  }
}

const MASK = (1n << 48n) - 1n;
