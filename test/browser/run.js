/**
 * Tries the server's page in a real Chromium: asks, stops, regenerates, edits, reloads, holds answers to a schema, by
 * keyboard, in light and dark, on a small screen. Nothing may be asked of another host, and no error be logged.
 *
 * usage: node test/browser/run.js [FOLDER]   FOLDER gets a picture of each view
 *        node test/browser/run.js --install  only sees to it that there is a Chromium
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const pictures = process.argv[2];

/** The system's Chromium; installed where it may be, and is not there. */
function findChromium() {
  const find = () => {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      try {
        return execFileSync("which", [name], { encoding: "utf8" }).trim();
      } catch {
        // The next one, perhaps.
      }
    }
    return undefined;
  };
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  if (find() === undefined) {
    console.log("Installing Chromium, the package of this system ...");
    execFileSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { stdio: "ignore" });
  }
  return find();
}

/** A server with the model in the package. @returns {Promise<{ address: string, stop: () => void }>} */
async function serve() {
  const args = [join(root, "bin/llama2.js"), "serve", "--port", "0", "--threads", "1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  for await (const chunk of child.stderr) {
    told += chunk;
    const address = /Listening at (\S+)/.exec(told)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return { address, stop: () => child.kill("SIGKILL") };
    }
  }
  throw new Error(`the server ended: ${told}`);
}

if (process.argv[2] === "--install") {
  findChromium();
  process.exit();
}

const { address, stop } = await serve();
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

/** @type {string[]} */
const problems = [];
const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
const page = await context.newPage();
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => {
  if (!request.url().startsWith(address) && !request.url().startsWith("data:")) problems.push(request.url());
});

/** @param {string} name */
async function picture(name) {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const question = page.getByLabel("Your question");
const answers = page.locator(".answer");
const answered = () => page.waitForFunction(() => document.querySelector("button.send")?.textContent === "Send");

/** @param {string} text */
async function ask(text) {
  await question.fill(text);
  await question.press("Enter");
  await page.waitForSelector(".answer");
  await answered();
}

/** @type {Record<string, () => Promise<void>>} */
const TRIALS = {
  "a question is answered, with its speed": async () => {
    await page.goto(address);
    await page.waitForFunction(() => document.querySelector("h1")?.textContent === "tiny-llama-Q8_0");
    await picture("empty");
    await ask("What is 3 + 4?");
    assert.match((await answers.first().innerText()) ?? "", /7/);
    assert.match(await page.locator(".stats").first().innerText(), /tokens · [\d.]+ tok\/s/);
    await picture("answered");
  },
  "an answer is stopped by Esc, and what came stays": async () => {
    await setSetting("Instructions to the model", "");
    await question.fill("Tell me a story about a dog.");
    await question.press("Enter");
    await page.waitForFunction(() => (document.querySelectorAll(".answer")[1]?.textContent?.length ?? 0) > 5);
    await page.keyboard.press("Escape");
    await answered();
    assert.ok((await answers.nth(1).innerText()).length > 5);
  },
  "an answer is regenerated, and the earlier one is still there": async () => {
    await page.keyboard.press("Alt+r");
    await page.waitForSelector("text=2 of 2");
    await answered();
    await page.getByTitle("Earlier answer").last().click();
    await page.waitForSelector("text=1 of 2");
  },
  "a question is asked in other words in a copy": async () => {
    await page
      .getByTitle(/^Ask this in other words/)
      .first()
      .click();
    assert.equal(await question.inputValue(), "What is 3 + 4?");
    await ask("What is 2 + 2?");
    assert.equal(await page.locator(".conversations li").count(), 2);
  },
  "what markup is in a message is text": async () => {
    await page.keyboard.press("Alt+n");
    await ask('<img src=x onerror="document.title=1"> <b>bold</b>');
    assert.equal(await page.locator(".question img, .question b, .answer img").count(), 0);
    const rendered = await page.evaluate(async () => {
      const bubble = document.querySelector(".bubble");
      return bubble?.innerHTML ?? "";
    });
    assert.match(rendered, /&lt;img/);
  },
  "conversations are there again after a reload, and a draft too": async () => {
    await question.fill("not sent yet");
    await page.reload();
    await page.waitForSelector(".conversations li");
    assert.equal(await page.locator(".conversations li").count(), 3);
    assert.equal(await question.inputValue(), "not sent yet");
    await question.fill("");
    await page.locator(".conversations .open").nth(2).click();
    await page.waitForSelector("text=1 of 2");
  },
  "answers are held to a JSON schema": async () => {
    await page.keyboard.press("Alt+n");
    await setSetting("JSON schema of every answer", '{"type": "object", ');
    assert.match(await page.locator("#problem-schema").innerText(), /not JSON/);
    await picture("settings");
    const schema = {
      type: "object",
      properties: { n: { enum: [1, 2, 3] } },
      required: ["n"],
      additionalProperties: false,
    };
    await page.getByLabel("JSON schema of every answer").fill(JSON.stringify(schema));
    await page.getByRole("button", { name: "Save" }).click();
    await ask("A number?");
    assert.ok([1, 2, 3].includes(JSON.parse(await answers.first().locator(".markdown").innerText()).n));
    await setSetting("JSON schema of every answer", "");
  },
  "a conversation is deleted once that was confirmed": async () => {
    const before = await page.locator(".conversations li").count();
    page.once("dialog", (dialog) => dialog.dismiss());
    await page
      .getByTitle(/^Delete/)
      .first()
      .click();
    assert.equal(await page.locator(".conversations li").count(), before);
    page.once("dialog", (dialog) => dialog.accept());
    await page
      .getByTitle(/^Delete/)
      .first()
      .click();
    await page.waitForFunction((count) => document.querySelectorAll(".conversations li").length === count, before - 1);
  },
  "everything can be done by keyboard": async () => {
    await page.keyboard.press("Alt+l");
    assert.equal(await page.locator("nav").isVisible(), false);
    await page.keyboard.press("Alt+l");
    await page.locator("main").focus();
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    assert.equal(await question.evaluate((field) => field === document.activeElement), true);
    const unnamed = await page
      .locator("button")
      .evaluateAll(
        (buttons) =>
          buttons.filter((button) => !button.getAttribute("aria-label") && !button.textContent?.trim()).length,
      );
    assert.equal(unnamed, 0);
  },
  "it is dark where the system is, or the person wants it": async () => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await ground(), light);
    await picture("dark");
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await ground(), light);
  },
  "it fits a small screen": async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await page.reload();
    await ask("Hello");
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(isWide, false);
    await picture("small");
    await page.keyboard.press("Alt+l");
    await page.locator(".conversations .open").first().click();
    assert.equal(await page.locator("nav").isVisible(), false);
  },
  "a server that has gone is told of": async () => {
    stop();
    await ask("Still there?");
    assert.match(await page.locator(".note").last().innerText(), /cannot be reached/);
    problems.length = 0;
  },
};

/** @param {string} label @param {string} value */
async function setSetting(label, value) {
  await page.keyboard.press("Alt+s");
  await page.getByLabel(label).fill(value);
  await page.getByRole("button", { name: "Save" }).click();
}

try {
  for (const [name, trial] of Object.entries(TRIALS)) {
    try {
      await trial();
      assert.deepEqual(problems, []);
      console.log(`ok: ${name}`);
    } catch (error) {
      process.exitCode = 1;
      await picture(`failed-${name.slice(0, 20).replaceAll(" ", "-")}`);
      console.error(`failed: ${name}\n${error instanceof Error ? error.message : String(error)}`);
      problems.length = 0;
      break;
    }
  }
} finally {
  await browser.close();
  stop();
}
