import type { App } from "../app.js";
import { element } from "./dom.js";

const DRAFT_KEY = "llama2-draft";

/** Where a question is typed. What was not sent yet is there again when the page is. */
export class Composer {
  readonly element: HTMLElement;
  readonly #text: HTMLTextAreaElement;
  readonly #button = element("button", { type: "submit", class: "send" }, "Send");
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
    this.#text = element("textarea", {
      rows: "1",
      placeholder: "Ask something",
      "aria-label": "Your question",
      input: () => this.#changed(),
      keydown: (event: KeyboardEvent) => {
        // An input method takes Enter to end a word.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#submit();
      },
    });
    this.#text.value = sessionStorage.getItem(DRAFT_KEY) ?? "";
    this.element = element(
      "form",
      {
        class: "composer",
        submit: (event: Event) => {
          event.preventDefault();
          this.#app.isRunning ? this.#app.stop() : this.#submit();
        },
      },
      this.#text,
      this.#button,
    );
  }

  render(): void {
    const { isRunning } = this.#app;
    this.#button.textContent = isRunning ? "Stop" : "Send";
    this.#button.title = isRunning ? "Stop the answer (Esc)" : "Send (Enter; Shift+Enter begins a line)";
    this.#resize();
  }

  focus(): void {
    this.#text.focus();
  }

  /** Puts a text where the question is typed; what stood there goes before it. */
  put(text: string): void {
    const typed = this.#text.value.trim();
    this.#text.value = typed === "" ? text : `${typed}\n\n${text}`;
    this.#changed();
    this.focus();
  }

  #submit(): void {
    const question = this.#text.value;
    if (this.#app.isRunning || question.trim() === "") return;
    this.#text.value = "";
    this.#changed();
    void this.#app.send(question);
  }

  #changed(): void {
    sessionStorage.setItem(DRAFT_KEY, this.#text.value);
    this.#resize();
  }

  #resize(): void {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight + 2, innerHeight * 0.4)}px`;
  }
}
