/** Tokens that go to one expert, in order, and how much of what it says counts for each. */
export interface Route {
  readonly expert: number;
  readonly tokens: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Which experts each token goes to: the `used` with the highest scores, weighted by the softmax of these ("Mixtral of
 * Experts", Jiang et al. 2024). Of equal scores the first count.
 * @param scores (tokens, experts)
 * @returns by expert, of those that any token goes to
 */
export function routesOf(scores: ArrayLike<number>, experts: number, used: number): Route[] {
  const routes = Array.from({ length: experts }, (_, expert) => ({
    expert,
    tokens: [] as number[],
    weights: [] as number[],
  }));
  for (let token = 0; token * experts < scores.length; token++) {
    const score = (expert: number) => scores[token * experts + expert] ?? 0;
    const chosen = best(score, experts).slice(0, used);
    const top = score(chosen[0] ?? 0);
    const powers = chosen.map((expert) => Math.exp(score(expert) - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    for (const [i, expert] of chosen.entries()) {
      routes[expert]?.tokens.push(token);
      routes[expert]?.weights.push((powers[i] ?? 0) / sum);
    }
  }
  return routes.filter(({ tokens }) => tokens.length > 0);
}

/** All experts, the best first. */
function best(score: (expert: number) => number, experts: number): number[] {
  return Array.from({ length: experts }, (_, expert) => expert).sort((a, b) => score(b) - score(a) || a - b);
}

/**
 * Routes in rounds of so many rows at most, in order; a row is a token at an expert. Of an expert whose tokens do not
 * fit into a round the rest is in the next.
 */
export function* roundsOf(routes: readonly Route[], rows: number): Generator<readonly Route[]> {
  let round: Route[] = [];
  let room = rows;
  for (const { expert, tokens, weights } of routes) {
    for (let from = 0; from < tokens.length; ) {
      const to = Math.min(tokens.length, from + room);
      round.push({ expert, tokens: tokens.slice(from, to), weights: weights.slice(from, to) });
      room -= to - from;
      from = to;
      if (room > 0) continue;
      yield round;
      round = [];
      room = rows;
    }
  }
  if (round.length > 0) yield round;
}
