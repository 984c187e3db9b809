import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { jsonResponse } from "../response/json.js";

/** The adapters, and how much of each answers have that do not say it themselves. */
export function listLoras({ served }: Exchange): Response {
  // Where the file lies is nobody's business.
  return jsonResponse(
    served.llama.loras.map(({ id, path, scale }) => ({ id, path: path.replace(/^.*[\\/]/, ""), scale })),
  );
}

/** `{"loras": [{id, scale}]}`; of adapters that are not in the list answers have nothing. */
export function changeLoras(exchange: Exchange, body: Readonly<Record<string, unknown>>): Response {
  const { loras, ...others } = body;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrongField(unknown.slice(0, 100), "This path takes loras, a list of {id, scale}.");
  exchange.served.llama.setLoras(loras as []);
  return listLoras(exchange);
}
