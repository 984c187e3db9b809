import { element } from "../view/dom.js";
import { type Block, parseBlocks } from "./blocks.js";
import { highlight } from "./highlight.js";
import { type Inline, parseInline } from "./inline.js";

/** Shows a text that grows: blocks that stay the same keep their elements, and with them what is selected in them. */
export class MarkdownView {
  readonly element: HTMLElement;
  #shown: { readonly source: string; readonly node: HTMLElement }[] = [];

  constructor() {
    this.element = element("div", { class: "markdown" });
  }

  show(text: string): void {
    const blocks = parseBlocks(text);
    let kept = 0;
    while (kept < this.#shown.length && kept < blocks.length && this.#shown[kept]?.source === blocks[kept]?.source) {
      kept++;
    }
    for (const { node } of this.#shown.splice(kept)) node.remove();
    for (const block of blocks.slice(kept)) {
      const node = blockElement(block);
      this.#shown.push({ source: block.source, node });
      this.element.append(node);
    }
  }
}

function blockElement(block: Block): HTMLElement {
  switch (block.kind) {
    case "heading":
      // The page has a heading of its own above them.
      return element(headingName(block.level), {}, ...inlineNodes(block.text));
    case "paragraph":
      return element("p", {}, ...inlineNodes(block.text));
    case "code":
      return codeElement(block.text, block.language);
    case "quote":
      return element("blockquote", {}, ...block.content.map(blockElement));
    case "list": {
      const items = block.items.map((item) => element("li", {}, ...itemNodes(item)));
      if (block.start === undefined) return element("ul", {}, ...items);
      return element("ol", { start: block.start === 1 ? undefined : String(block.start) }, ...items);
    }
    case "table": {
      const row = (cells: readonly string[], name: "th" | "td") =>
        element(
          "tr",
          {},
          ...cells.map((cell, column) =>
            element(
              name,
              { class: block.alignments[column] && `align-${block.alignments[column]}` },
              ...inlineNodes(cell),
            ),
          ),
        );
      const body = block.rows.map((cells) => row(cells, "td"));
      const table = element("table", {}, element("thead", {}, row(block.head, "th")), element("tbody", {}, ...body));
      return element("div", { class: "wide" }, table);
    }
    case "rule":
      return element("hr");
  }
}

function headingName(level: number): "h2" | "h3" | "h4" | "h5" | "h6" {
  return (["h2", "h3", "h4", "h5", "h6"] as const)[Math.min(level, 5) - 1] ?? "h6";
}

/** An item that is one paragraph is shown tight. */
function itemNodes(blocks: readonly Block[]): Node[] {
  return blocks.flatMap((block, index) =>
    block.kind === "paragraph" && index === 0 ? inlineNodes(block.text) : [blockElement(block)],
  );
}

function inlineNodes(text: string): Node[] {
  return parseInline(text).map(inlineNode);
}

function inlineNode(piece: Inline): Node {
  switch (piece.kind) {
    case "text":
      return document.createTextNode(piece.text);
    case "code":
      return element("code", {}, piece.text);
    case "break":
      return element("br");
    case "strong":
      return element("strong", {}, ...piece.content.map(inlineNode));
    case "emphasis":
      return element("em", {}, ...piece.content.map(inlineNode));
    case "strike":
      return element("s", {}, ...piece.content.map(inlineNode));
    case "link": {
      const content = piece.content.map(inlineNode);
      // Anything but these could run a script.
      if (!/^(?:https?:\/\/|mailto:)/i.test(piece.address)) return element("span", {}, ...content);
      const href = piece.address;
      return element("a", { href, title: href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...content);
    }
  }
}

function codeElement(text: string, language: string): HTMLElement {
  const stretches = highlight(text, language).map(({ text: part, kind }) =>
    kind === undefined ? document.createTextNode(part) : element("span", { class: `code-${kind}` }, part),
  );
  const copy = element(
    "button",
    { type: "button", class: "copy", title: "Copy this code", click: () => copied(copy, text) },
    "Copy",
  );
  const head = element("div", { class: "code-head" }, element("span", {}, language || "text"), copy);
  return element("div", { class: "code" }, head, element("pre", { tabindex: "0" }, element("code", {}, ...stretches)));
}

/** Copies a text, and says so on the button for a moment. */
export async function copied(on: HTMLButtonElement, text: string): Promise<void> {
  const label = on.textContent;
  try {
    await navigator.clipboard.writeText(text);
    on.textContent = "Copied";
  } catch {
    on.textContent = "Not allowed";
  }
  setTimeout(() => {
    on.textContent = label;
  }, 1500);
}
