import { MARGINS, type MarginTable } from "../../corpus/preferences/margins.js";
import { mean } from "../../statistics/bootstrap.js";
import { type PathContext, withTeam } from "../context.js";
import type { JudgedPair } from "../preferences.js";
import { trainReward } from "../reward-models.js";
import type { Judged } from "./answers.js";
import { rewardAccuracy } from "./reward-accuracy.js";

/** How often helpfulness models with one table of margins prefer the better answer, by rating. */
export interface MarginFigures {
  readonly margins: MarginTable;
  /** By place among RATINGS: the mean over the seeds, and the lowest and the highest. */
  readonly rows: readonly {
    readonly rating: number;
    readonly mean: number;
    readonly lowest: number;
    readonly highest: number;
  }[];
}

/** Nine models are trained, of which only the differences count: enough pairs for these to show. */
const MOST_PAIRS = 3000;

/**
 * The paper's table 28 on the first version's comparisons, each table of margins with several seeds: of the head and of
 * the order of what is learned.
 * @param judged answers of two models to the same tasks
 */
export async function ablateMargins(
  context: PathContext,
  chat: Float32Array,
  pairs: readonly JudgedPair[],
  judged: readonly [readonly Judged[], readonly Judged[]],
): Promise<MarginFigures[]> {
  const [first, second] = judged.map((list) => list.filter(({ task }) => task.about !== "unsafe"));
  if (first === undefined || second === undefined) throw new RangeError("margins are compared on two lists of answers");
  const figures: MarginFigures[] = [];
  for (const margins of Object.keys(MARGINS) as MarginTable[]) {
    const ranked = pairs.slice(0, MOST_PAIRS).map((pair) => ({ ...pair, margin: MARGINS[margins][pair.rating] }));
    const runs: ReturnType<typeof rewardAccuracy>[] = [];
    for (let seed = 0; seed < context.recipe.marginSeeds; seed++) {
      const own = { ...context, seed: context.seed + seed };
      const model = await trainReward(own, "helpfulness", `margins-${margins}-${seed}`, chat, ranked);
      const scores = await withTeam(
        context,
        model,
        async (team) =>
          [await team.scores(first.map(({ ids }) => ids)), await team.scores(second.map(({ ids }) => ids))] as const,
        { scalarHead: true },
      );
      runs.push(rewardAccuracy(context, [first, second], scores));
    }
    const ratings = [...new Set(runs.flatMap((run) => run.map(({ rating }) => rating)))].sort();
    const rows = ratings.map((rating) => {
      const shares = runs.flatMap((run) => run.filter((row) => row.rating === rating).map(({ right }) => right.value));
      return { rating, mean: mean(shares), lowest: Math.min(...shares), highest: Math.max(...shares) };
    });
    figures.push({ margins, rows });
  }
  return figures;
}
