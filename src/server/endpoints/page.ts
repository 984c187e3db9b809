import { platform } from "../../platform/current.js";
import type { Exchange } from "../exchange.js";

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["dist/page/index.html", "text/html; charset=utf-8"],
  "/page.js": ["dist/page/page.js", "text/javascript; charset=utf-8"],
  "/page.css": ["dist/page/page.css", "text/css; charset=utf-8"],
};

/** Nothing from elsewhere runs, is shown or is asked; no other page frames this one. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Heights and the like, which scripts set.
  "style-src-attr 'unsafe-inline'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page for people, by its files. */
export function pageFile({ request }: Exchange): Response {
  const [file, type] = FILES[new URL(request.url).pathname] ?? (FILES["/"] as [string, string]);
  return new Response(platform.readPackageFile(file), {
    headers: {
      "content-type": type,
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    },
  });
}
