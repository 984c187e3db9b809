import { button, element } from "./dom.js";

const SHORTCUTS = [
  ["Enter", "send"],
  ["Shift+Enter", "begin a new line"],
  ["Esc", "stop the answer"],
  ["Alt+N", "new chat"],
  ["Alt+R", "answer again"],
  ["Alt+L", "show or hide the list"],
  ["Alt+S", "settings"],
  ["/", "go to where questions are typed"],
  ["?", "this list"],
] as const;

/** The list of shortcuts, in a dialog. */
export function helpDialog(): HTMLDialogElement {
  const rows = SHORTCUTS.map(([keys, what]) =>
    element("tr", {}, element("td", {}, element("kbd", {}, keys)), element("td", {}, what)),
  );
  const dialog = element(
    "dialog",
    { "aria-label": "Keyboard shortcuts" },
    element("h2", {}, "Keyboard shortcuts"),
    element("table", {}, element("tbody", {}, ...rows)),
    element(
      "div",
      { class: "buttons" },
      button("Close", "Close (Esc)", () => dialog.close()),
    ),
  );
  return dialog;
}
