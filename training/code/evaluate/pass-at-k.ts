/**
 * The chance that one of k samples passes, unbiased, when c of n did: 1 - C(n - c, k) / C(n, k), as Chen et al. 2021
 * have it, without the binomials, which overflow.
 */
export function passAtK(n: number, c: number, k: number): number {
  if (n - c < k) return 1;
  let fails = 1;
  for (let i = n - c + 1; i <= n; i++) fails *= 1 - k / i;
  return 1 - fails;
}
