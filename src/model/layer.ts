/** What stands for the matrices and norms of a layer by their part in it: weights of a file, or where they lie. */
export interface Layer<T> {
  readonly attentionNorm: T;
  readonly query: T;
  readonly key: T;
  readonly value: T;
  readonly attentionOutput: T;
  readonly feedForwardNorm: T;
  /** Says which experts a token goes to; undefined where there is one network for all tokens. */
  readonly router: T | undefined;
  /** The one network, or the experts. */
  readonly feedForward: readonly [FeedForward<T>, ...FeedForward<T>[]];
}

/** SwiGLU's three matrices. */
export interface FeedForward<T> {
  readonly gate: T;
  readonly up: T;
  readonly down: T;
}

/** A layer of what `change` makes of each. */
export function mapLayer<A, B>(layer: Layer<A>, change: (part: A) => B): Layer<B> {
  const { attentionNorm, query, key, value, attentionOutput, feedForwardNorm, router, feedForward } = layer;
  const [first, ...others] = feedForward;
  const changed = ({ gate, up, down }: FeedForward<A>) => ({ gate: change(gate), up: change(up), down: change(down) });
  return {
    attentionNorm: change(attentionNorm),
    query: change(query),
    key: change(key),
    value: change(value),
    attentionOutput: change(attentionOutput),
    feedForwardNorm: change(feedForwardNorm),
    router: router === undefined ? undefined : change(router),
    feedForward: [changed(first), ...others.map(changed)],
  };
}

/** All of a layer, in the order of {@link mapLayer}. */
export function partsOf<T>(layer: Layer<T>): T[] {
  const parts: T[] = [];
  mapLayer(layer, (part) => parts.push(part));
  return parts;
}
