import type { Exchange } from "../exchange.js";
import { jsonResponse } from "../response/json.js";
import type { Served } from "../served.js";

export function health(): Response {
  return jsonResponse({ status: "ok" });
}

export function models({ served }: Exchange): Response {
  return jsonResponse({ object: "list", data: [modelObject(served)] });
}

/** The model, as OpenAI's API and llama.cpp's server tell of one. */
export function modelObject({ name, created, llama }: Served): object {
  const { config, tokenizer, file } = llama;
  const sizes = file.tensors.map(({ dims, bytes }) => ({ values: dims.reduce((a, b) => a * b, 1), bytes }));
  const meta = {
    n_vocab: tokenizer.size,
    n_ctx_train: config.contextLength,
    n_embd: config.dim,
    n_params: sizes.reduce((sum, { values }) => sum + values, 0),
    size: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  return { id: name, object: "model", created, owned_by: "llama2", meta };
}

export function props({ served }: Exchange): Response {
  const { llama, pool, name, template } = served;
  return jsonResponse({
    default_generation_settings: { n_ctx: llama.contextSize },
    total_slots: pool.parallel,
    model_alias: name,
    chat_template: template,
    bos_token: pieceOf(served, llama.tokenizer.bosId),
    eos_token: pieceOf(served, llama.tokenizer.eosId),
  });
}

function pieceOf({ llama }: Served, id: number | undefined): string {
  return id === undefined ? "" : llama.tokenizer.piece(id);
}

/** How the sequences stand; nothing that anybody said. */
export function slots({ served }: Exchange): Response {
  const { llama, pool } = served;
  return jsonResponse(
    pool.sequences.map(({ id, isBusy, session }) => ({
      id,
      n_ctx: llama.contextSize,
      is_processing: isBusy,
      n_past: session.position,
    })),
  );
}

export function metrics({ served }: Exchange): Response {
  const { pool, metrics: counted } = served;
  const busy = pool.sequences.filter(({ isBusy }) => isBusy).length;
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return new Response(counted.text(busy, pool.waiting), { headers });
}
