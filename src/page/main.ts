import { App } from "./app.js";
import { modelName, RequestError } from "./client.js";
import type { Settings } from "./settings.js";
import { Store } from "./store.js";
import { Composer } from "./view/composer.js";
import { button, element } from "./view/dom.js";
import { helpDialog } from "./view/help-dialog.js";
import { SettingsDialog } from "./view/settings-dialog.js";
import { Sidebar } from "./view/sidebar.js";
import { Thread } from "./view/thread.js";

const problem = element("p", { class: "banner", role: "alert", hidden: true });

function tell(sentence: string): void {
  problem.textContent = sentence;
  problem.hidden = sentence === "";
}

const store = await Store.open().catch(() => {
  tell("This browser keeps no data for this page: conversations are gone when it is closed.");
  return undefined;
});

const app = new App(store, {
  onThread: () => thread.render(),
  onAnswer: () => thread.grow(),
  onList: () => sidebar.render(),
  onRunning: () => composer.render(),
  onProblem: tell,
});

const model = element("h1", {}, "llama2");
const composer = new Composer(app);
const thread = new Thread(app, (question) => composer.put(question));
const sidebar = new Sidebar(app, () => {
  if (matchMedia("(max-width: 700px)").matches) showList(false);
  composer.focus();
});
const help = helpDialog();
const settings = new SettingsDialog((changed) => {
  app.saveSettings(changed);
  applySettings(changed);
});

const openSettings = () => settings.open(app.settings);
const showList = (isShown: boolean) => document.body.classList.toggle("with-list", isShown);
const toggleList = () => showList(!document.body.classList.contains("with-list"));

const header = element(
  "header",
  {},
  button("☰", "Show or hide the list (Alt+L)", toggleList, "icon"),
  model,
  button("?", "Keyboard shortcuts (?)", () => help.showModal(), "icon"),
  button("Settings", "Settings (Alt+S)", openSettings),
);
const page = element("div", { class: "page" }, header, problem, thread.element, composer.element);
document.body.append(sidebar.element, page, settings.element, help);
showList(matchMedia("(min-width: 900px)").matches);

/** By the key's place where Alt is held: with it, some keyboards write other letters. */
const SHORTCUTS: Readonly<Record<string, () => void>> = {
  KeyN: () => {
    app.begin();
    composer.focus();
  },
  KeyR: () => void app.regenerate(),
  KeyL: toggleList,
  KeyS: openSettings,
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") !== null) return;
  const action = event.altKey && !event.ctrlKey && !event.metaKey ? SHORTCUTS[event.code] : undefined;
  const isTyping = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
  if (action !== undefined) action();
  else if (event.key === "Escape" && app.isRunning) app.stop();
  else if (event.key === "/" && !isTyping) composer.focus();
  else if (event.key === "?" && !isTyping) help.showModal();
  else return;
  event.preventDefault();
});

function applySettings({ theme }: Settings): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  void nameModel();
}

async function nameModel(): Promise<void> {
  try {
    model.textContent = await modelName(app.settings);
    document.title = `${model.textContent} · llama2`;
    tell("");
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    tell(error.message);
    // A model that is being loaded, or a server that is started again, is soon there.
    if (error.status === 503 || error.status === undefined) setTimeout(() => void nameModel(), 2000);
  }
}

applySettings(app.settings);
composer.render();
await app.start();
composer.focus();
