/** Greatest common divisor, for finding a step that visits every number once. */
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function inverse(step: number, modulus: number): number {
  let [r0, r1, s0, s1] = [modulus, step, 0n, 1n];
  while (r1 !== 0) {
    const quotient = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - BigInt(quotient) * s1];
  }
  return Number(((s0 % BigInt(modulus)) + BigInt(modulus)) % BigInt(modulus));
}

/**
 * Returns the SQL of the number of a parent for row `n` of `rows`: a tree without cycles (an org refuses them) whose parents come earlier
 * and later in the order of ids alike. NULL for the root.
 *
 * Rows are ranked by a permutation; the parent of rank r is rank r / `fanOut`, which is smaller, hence no cycle.
 */
export function parentNumberSql(rows: number, fanOut: number): string {
  if (rows < 2) return 'NULL::bigint';
  let step = Math.max(1, Math.floor(rows * 0.618));
  while (gcd(step, rows) !== 1) step += 1;
  const rank = `((n - 1) * ${inverse(step, rows)} % ${rows})`;
  return `(CASE WHEN ${rank} = 0 THEN NULL ELSE (${rank} / ${fanOut}) * ${step} % ${rows} + 1 END)`;
}
