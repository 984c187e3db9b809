import { NUMBERS, problemOf, type Settings } from "../settings.js";
import { button, element } from "./dom.js";

type TextKey = Exclude<keyof Settings, "theme">;

/** The settings, in a dialog: what is wrong is told beside its field, and only what is right is kept. */
export class SettingsDialog {
  readonly element: HTMLDialogElement;
  readonly #fields = new Map<TextKey, HTMLInputElement | HTMLTextAreaElement>();
  readonly #theme = element(
    "select",
    { id: "setting-theme" },
    ...["system", "light", "dark"].map((theme) => element("option", { value: theme }, theme)),
  );
  readonly #save: (settings: Settings) => void;

  constructor(save: (settings: Settings) => void) {
    this.#save = save;
    const numbers = Object.entries(NUMBERS).map(([key, { label }]) =>
      this.#row(key as TextKey, label, element("input", { inputmode: "decimal", placeholder: "as the server has it" })),
    );
    const close = button("Close", "Close without a change (Esc)", () => this.element.close());
    this.element = element(
      "dialog",
      { "aria-label": "Settings" },
      element(
        "form",
        { submit: (event: Event) => this.#submit(event), novalidate: true },
        element("h2", {}, "Settings"),
        this.#row("system", "Instructions to the model", element("textarea", { rows: "3" })),
        element("div", { class: "numbers" }, ...numbers),
        this.#row(
          "schema",
          "JSON schema of every answer",
          element("textarea", { rows: "5", spellcheck: "false", placeholder: '{"type": "object", …}' }),
        ),
        this.#row("apiKey", "Key of the server", element("input", { type: "password", autocomplete: "off" })),
        element("div", { class: "field" }, element("label", { for: "setting-theme" }, "Colours"), this.#theme),
        element("div", { class: "buttons" }, close, element("button", { type: "submit", class: "send" }, "Save")),
      ),
    );
  }

  open(settings: Settings): void {
    for (const [key, field] of this.#fields) {
      field.value = settings[key];
      this.#tell(key, undefined);
    }
    this.#theme.value = settings.theme;
    this.element.showModal();
  }

  #row(key: TextKey, label: string, field: HTMLInputElement | HTMLTextAreaElement): HTMLElement {
    field.id = `setting-${key}`;
    field.setAttribute("aria-describedby", `problem-${key}`);
    this.#fields.set(key, field);
    const problem = element("p", { class: "problem", id: `problem-${key}`, role: "alert" });
    return element("div", { class: "field" }, element("label", { for: field.id }, label), field, problem);
  }

  #submit(event: Event): void {
    event.preventDefault();
    const settings = Object.fromEntries([...this.#fields].map(([key, { value }]) => [key, value]));
    let isRight = true;
    for (const [key, field] of this.#fields) {
      const problem = problemOf(key, field.value);
      this.#tell(key, problem);
      if (problem !== undefined && isRight) field.focus();
      isRight &&= problem === undefined;
    }
    if (!isRight) return;
    this.#save({ ...(settings as Omit<Settings, "theme">), theme: this.#theme.value as Settings["theme"] });
    this.element.close();
  }

  #tell(key: TextKey, problem: string | undefined): void {
    const place = this.element.querySelector(`#problem-${key}`);
    if (place !== null) place.textContent = problem ?? "";
    this.#fields.get(key)?.setAttribute("aria-invalid", String(problem !== undefined));
  }
}
