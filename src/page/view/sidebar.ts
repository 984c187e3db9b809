import type { App } from "../app.js";
import type { Conversation } from "../conversation.js";
import { button, element } from "./dom.js";

/** The list of conversations. */
export class Sidebar {
  readonly element: HTMLElement;
  readonly #list = element("ul", { class: "conversations" });
  readonly #app: App;
  readonly #opened: () => void;

  /** @param opened called when a conversation was chosen: on a small screen the list goes away */
  constructor(app: App, opened: () => void) {
    this.#app = app;
    this.#opened = opened;
    const begin = button(
      "New chat",
      "New chat (Alt+N)",
      () => {
        app.begin();
        opened();
      },
      "begin",
    );
    this.element = element("nav", { class: "sidebar", "aria-label": "Conversations" }, begin, this.#list);
  }

  render(): void {
    const { conversations, current } = this.#app;
    this.#list.replaceChildren(
      ...conversations.map((conversation) => this.#item(conversation, conversation === current)),
    );
  }

  #item(conversation: Conversation, isCurrent: boolean): HTMLElement {
    const title = conversation.title || "Untitled";
    const open = element(
      "button",
      {
        type: "button",
        class: "open",
        title,
        "aria-current": isCurrent ? "true" : undefined,
        click: () => {
          this.#app.open(conversation);
          this.#opened();
        },
      },
      title,
    );
    const remove = button(
      "×",
      `Delete “${title}”`,
      () => {
        if (confirm(`Delete “${title}”? It cannot be brought back.`)) void this.#app.remove(conversation);
      },
      "remove",
    );
    return element("li", {}, open, remove);
  }
}
