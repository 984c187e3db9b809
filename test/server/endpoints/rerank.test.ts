import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Llama } from "#dist/llama.js";
import { createFetch } from "#dist/server/fetch.js";
import { writeFixture } from "../../helpers/model-fixture.js";
import { rewardFixture } from "../../helpers/reward-fixture.js";
import { client } from "../../helpers/served.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const path = join(temporaryFolder(), "reward.gguf");
writeFixture(path, rewardFixture());
const llama = await Llama.load(path);
after(() => llama.dispose());

const fetch = createFetch(llama);
const DOCUMENTS = ["on the hill", "in the rain", "a", "he sat"];

async function post(path: string, body: object) {
  const response = await fetch(`http://localhost${path}`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

test("documents are ranked by their scores as answers to the query, in the shape of Jina and llama.cpp", async () => {
  const scores = await llama.score(DOCUMENTS.map((answer) => ({ prompt: "the rain", answer })));
  const expected = scores
    .map(({ score }, index) => ({ index, relevance_score: score }))
    .sort((a, b) => b.relevance_score - a.relevance_score);
  const tokens = scores.reduce((sum, each) => sum + each.tokens, 0);
  for (const path of ["/v1/rerank", "/rerank", "/reranking", "/v1/reranking"]) {
    const { status, body } = await post(path, { query: "the rain", documents: DOCUMENTS });
    assert.equal(status, 200);
    assert.deepEqual(body.results, expected);
    assert.deepEqual([body.object, body.model], ["list", "reward"]);
    assert.deepEqual(body.usage, { prompt_tokens: tokens, total_tokens: tokens });
  }
  const few = await post("/rerank", { query: "the rain", texts: DOCUMENTS, top_n: 2, return_documents: true });
  const [best] = expected;
  assert.equal(few.body.results.length, 2);
  assert.deepEqual(few.body.results[0], { ...best, document: { text: DOCUMENTS[best?.index ?? 0] } });
});

test("what makes no sense is refused by the field's name; other models do not rank", async () => {
  const param = async (body: object) => {
    const { status, body: answer } = await post("/rerank", { query: "a", documents: ["b"], ...body });
    assert.equal(status, 400);
    return answer.error.param;
  };
  assert.equal(await param({ query: undefined }), "query");
  for (const documents of [undefined, "a", [], [1], Array(2049).fill("a")]) {
    assert.equal(await param({ documents }), "documents");
  }
  assert.equal(await param({ texts: ["c"] }), "texts");
  assert.equal(await param({ top_n: 0 }), "top_n");
  assert.equal(await param({ top_k: 1 }), "top_k");
  const { refused } = client();
  const { type, message } = await refused("/rerank", { query: "a", documents: ["b"] }, 501);
  assert.equal(type, "not_supported_error");
  assert.match(message, /does not support reranking/);
});
