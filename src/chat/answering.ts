import { bestAnswer } from "./best-answer.js";
import { type CheckedSendOptions, checkSendOptions, type SendOptions } from "./options.js";
import { answerAlone } from "./state.js";
import { answerWithTools } from "./tools/rounds.js";

/** How the next answer comes about, and the options of generating. @throws LlamaError `option` */
export function answering(
  options: SendOptions,
): Pick<CheckedSendOptions, "generating"> & { readonly answer: typeof answerAlone } {
  const { generating, tools, bestOf } = checkSendOptions(options);
  if (bestOf !== undefined) return { generating, answer: bestAnswer(bestOf) };
  return { generating, answer: tools === undefined ? answerAlone : answerWithTools(tools) };
}
