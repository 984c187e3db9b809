/** What an element may be made with: attributes, and listeners by the names of their events. */
export interface Properties {
  readonly [attribute: string]: string | boolean | undefined | ((event: never) => void);
}

/**
 * An element with its children. Text becomes text, never markup: nothing here parses HTML.
 * @param properties `true` is an attribute without a value, `false` and undefined are none
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(key, value as EventListener);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A button that says what it does, to eyes and to screen readers. */
export function button(label: string, title: string, click: () => void, className = ""): HTMLButtonElement {
  return element("button", { type: "button", title, "aria-label": title, class: className, click }, label);
}
