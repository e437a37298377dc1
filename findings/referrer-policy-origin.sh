#!/bin/sh
# Guess: `Referrer-Policy` is about the header Referer alone; a page's form posts with the page's own Origin.
# What happens: Chromium 147 sends `Origin: null` with a form that a page with `Referrer-Policy: no-referrer` posts to its own
#   origin. fetch() from the same page sends the real Origin. With `same-origin`, and without the header, both do.
# Why it matters: `no-referrer` is what lists of secure headers recommend. A server that takes posts of its own origin only then
#   refuses its own login form, while everything that its script sends goes through.
# Source: run here, with the Chromium that @sparticuz/chromium 147.0.0 brings; "serialize the request origin" in the Fetch
#   standard.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @sparticuz/chromium@147.0.0 puppeteer-core@24.43.1 > npm.log
cat > post.mjs <<'J'
import http from "node:http";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const posts = [];
const server = http.createServer((request, response) => {
  if (request.method === "POST") {
    posts.push([request.url, request.headers.origin]);
    response.end();
    return;
  }
  const policy = request.url.slice(1);
  response.writeHead(200, { "Content-Type": "text/html", ...(policy && { "Referrer-Policy": policy }) });
  response.end('<form method="post" action="/form"><button>Send</button></form>');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const own = `http://127.0.0.1:${server.address().port}`;
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(),
  args: ["--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote"],
  headless: "shell",
});
const page = await browser.newPage();
for (const policy of ["", "same-origin", "no-referrer"]) {
  await page.goto(`${own}/${policy}`);
  await page.evaluate(() => fetch("/fetch", { method: "POST" }));
  await Promise.all([page.waitForNavigation(), page.click("button")]);
  for (const [path, origin] of posts.splice(0)) {
    console.log(`${policy || "no policy"}, ${path.slice(1)}: ${origin === own ? "own origin" : origin}`);
  }
}
await browser.close();
server.close();
J
timeout 120 node post.mjs > seen
cat seen
cat > expected <<'T'
no policy, fetch: own origin
no policy, form: own origin
same-origin, fetch: own origin
same-origin, form: own origin
no-referrer, fetch: own origin
no-referrer, form: null
T
diff expected seen
