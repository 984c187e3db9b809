import type { App } from "../app.js";
import type { Answer, AnswerStats, Turn } from "../conversation.js";
import { copied, MarkdownView } from "../markdown/render.js";
import { button, element } from "./dom.js";

/** How far from its end a thread still counts as read to the end, in pixels. */
const NEAR_END = 48;

/** The turns of the conversation that is open. */
export class Thread {
  readonly element: HTMLElement;
  readonly #turns = element("div", { class: "turns" });
  readonly #app: App;
  readonly #edit: (question: string) => void;
  #growing: { readonly answer: Answer; readonly view: MarkdownView } | undefined;
  #isScheduled = false;

  /** @param edit puts a question back to where questions are typed */
  constructor(app: App, edit: (question: string) => void) {
    this.#app = app;
    this.#edit = edit;
    this.element = element("main", { class: "thread", tabindex: "-1" }, this.#turns);
  }

  render(): void {
    const { turns } = this.#app.current;
    this.#growing = undefined;
    if (turns.length === 0) {
      const hint = "Ask something. What you say stays between this browser and the server that sent this page.";
      this.#turns.replaceChildren(element("p", { class: "empty" }, hint));
      return;
    }
    this.#turns.replaceChildren(...turns.flatMap((turn, index) => this.#turn(turn, index === turns.length - 1)));
    this.#toEnd();
  }

  /** Shows what came of the answer under way, once for each picture that the screen draws. */
  grow(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      if (this.#growing === undefined) return;
      const { scrollTop, scrollHeight, clientHeight } = this.element;
      const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
      this.#growing.view.show(this.#growing.answer.text);
      if (isAtEnd) this.#toEnd();
    });
  }

  #toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #turn(turn: Turn, isLast: boolean): HTMLElement[] {
    const edit = button("Edit", "Ask this in other words, in a copy of the conversation", () => {
      this.#app.branch(turn);
      this.#edit(turn.question);
    });
    const question = element(
      "section",
      { class: "question", "aria-label": "You" },
      element("div", { class: "bubble" }, turn.question),
      element("div", { class: "actions" }, edit),
    );
    const answer = turn.answers[turn.shown];
    if (answer === undefined) return [question];
    return [question, this.#answer(turn, answer, isLast)];
  }

  #answer(turn: Turn, answer: Answer, isLast: boolean): HTMLElement {
    const view = new MarkdownView();
    view.show(answer.text);
    const section = element("section", { class: "answer", "aria-label": "Answer" }, view.element);
    if (turn === this.#app.answering) {
      this.#growing = { answer, view };
      section.classList.add("growing");
      section.setAttribute("aria-busy", "true");
      return section;
    }
    if (answer.note !== undefined) section.append(element("p", { class: "note", role: "status" }, answer.note));
    section.append(this.#actions(turn, answer, isLast));
    return section;
  }

  #actions(turn: Turn, answer: Answer, isLast: boolean): HTMLElement {
    const actions = element("div", { class: "actions" });
    if (turn.answers.length > 1) {
      const step = (by: number) => () => this.#app.show(turn, turn.shown + by);
      const place = element("span", {}, `${turn.shown + 1} of ${turn.answers.length}`);
      actions.append(button("‹", "Earlier answer", step(-1)), place, button("›", "Later answer", step(1)));
    }
    const copy = button("Copy", "Copy the answer as Markdown", () => void copied(copy, answer.text));
    actions.append(copy);
    if (isLast) actions.append(button("Regenerate", "Answer again (Alt+R)", () => void this.#app.regenerate()));
    if (answer.stats !== undefined) actions.append(element("span", { class: "stats" }, statsLine(answer.stats)));
    return actions;
  }
}

function statsLine({ tokens, tokensPerSecond, millisecondsToFirst }: AnswerStats): string {
  const count = tokens === 1 ? "1 token" : `${tokens} tokens`;
  const speed = tokensPerSecond > 0 ? ` · ${tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0)} tok/s` : "";
  return `${count}${speed} · first after ${Math.round(millisecondsToFirst)} ms`;
}
