import assert from "node:assert/strict";
import { test } from "node:test";
import { explainFailure } from "#dist/hub/explain.js";
import { findModel } from "#dist/hub/find-model.js";
import { HttpFailure } from "#dist/hub/http-failure.js";
import { newHome } from "../helpers/hub-options.js";
import { HubServer } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
server.commit("one/file", { "m.gguf": seededBytes(1, 1000) });

/** What `fetch` throws where a name has several addresses, each of which failed in its own way. */
function failedAddresses(...codes: readonly string[]): TypeError {
  const errors = codes.map((code, i) => Object.assign(new Error(`connect ${code} 10.0.0.${i}:443`), { code }));
  const cause = errors.length === 1 ? errors[0] : Object.assign(new AggregateError(errors), { code: codes[0] });
  return new TypeError("fetch failed", { cause });
}

test("a host is out of reach only if each of its addresses is, and the sentence says what is true of it", () => {
  const refused = "h cannot be reached: the connection was refused; check the network, or use a model on this machine.";
  const silent = "h failed: it does not answer; run the same command again to resume.";
  const none = "h cannot be reached: there is no network; check the network, or use a model on this machine.";
  const cases: readonly (readonly [codes: readonly string[], isUnreachable: boolean, sentence: string])[] = [
    [["ECONNREFUSED"], true, refused],
    [["ECONNREFUSED", "ECONNREFUSED"], true, refused],
    [["ENETUNREACH", "ECONNREFUSED"], true, refused],
    [["ENETUNREACH", "ENETUNREACH"], true, none],
    [["ETIMEDOUT"], false, silent],
    [["ETIMEDOUT", "ENETUNREACH"], false, silent],
    [["ECONNREFUSED", "ETIMEDOUT"], false, silent],
    [["UND_ERR_CONNECT_TIMEOUT"], false, silent],
    [
      ["ENETUNREACH", "ECONNRESET"],
      false,
      "h failed: the connection broke off (connect ECONNRESET 10.0.0.1:443); run the same command again to resume.",
    ],
  ];
  for (const [codes, isUnreachable, sentence] of cases) {
    const failure = HttpFailure.ofError(failedAddresses(...codes), "h");
    assert.deepEqual([failure.isUnreachable, failure.isTransient], [isUnreachable, true], codes.join());
    assert.equal(explainFailure(failure).message, sentence);
  }
  const code = "SELF_SIGNED_CERT_IN_CHAIN";
  const certificate = HttpFailure.ofError(Object.assign(new Error("self-signed"), { code }), "h");
  assert.equal(
    explainFailure(certificate).message,
    "h failed: its certificate is not accepted (self-signed); add its certificate authority with NODE_EXTRA_CA_CERTS.",
  );
  const nested = new TypeError("fetch failed", { cause: new AggregateError([failedAddresses("ETIMEDOUT")]) });
  assert.ok(!HttpFailure.ofError(nested, "h").isUnreachable);
  assert.equal(HttpFailure.ofError(new AggregateError([]), "h").isUnreachable, false);
  assert.equal(HttpFailure.ofError(undefined, "h").isUnreachable, false);
});

test("what no other try can mend does not ask for one", async () => {
  const answers: readonly (readonly [answer: () => Response, sentence: RegExp])[] = [
    [() => new Response("<html>"), /failed: its answer is not JSON; check the address\.$/],
    [
      () => new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } }),
      /failed: it redirects to something that is not a web address; check the address\.$/,
    ],
  ];
  for (const [answer, sentence] of answers) {
    const home = newHome(server);
    const options = home.options({ outside: { fetch: async () => answer() } });
    await assert.rejects(findModel("hf:one/file", options), sentence);
    assert.deepEqual(home.waits, []);
  }
});

test("a host of which one address may answer is tried again, and one of which none can is not", async () => {
  const tries = async (codes: readonly string[], failures: number) => {
    const home = newHome(server);
    let asked = 0;
    const options = home.options({
      outside: {
        fetch: (...args) => (asked++ < failures ? Promise.reject(failedAddresses(...codes)) : fetch(...args)),
      },
    });
    const outcome = await findModel("hf:one/file", options).then(
      () => "found",
      (error: Error) => error.message,
    );
    return { outcome, waits: home.waits.length };
  };
  assert.deepEqual(await tries(["ECONNREFUSED", "ETIMEDOUT"], 3), { outcome: "found", waits: 3 });
  const { outcome, waits } = await tries(["ENETUNREACH", "ECONNREFUSED"], 3);
  assert.match(outcome, /cannot be reached: the connection was refused;/);
  assert.equal(waits, 0);
});
