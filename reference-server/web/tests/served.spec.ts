// How the page is served: small, cached for ever, and with a policy that lets nothing else in.

import { expect, test } from "./rig";

test("pages have a strict policy, and the files they link are hashed, compressed and cached for ever", async ({ browserOf }) => {
  const { page, url } = await (await browserOf()).login("olga");
  const linked = new Set<string>();
  for (const path of ["/", "/status", "/login"]) {
    const answer = await page.request.get(`${url}${path}`);
    expect(answer.status(), path).toBe(200);
    const policy = answer.headers()["content-security-policy"] ?? "";
    expect(policy, path).toMatch(/default-src 'none'/);
    expect(policy, path).not.toMatch(/unsafe-|data:|https?:|\*/);
    expect(answer.headers()["cache-control"], path).toBe("no-store");
    const html = await answer.text();
    expect(html, path).not.toMatch(/<style|<script(?![^>]* src=)| style=| on[a-z]+=/);
    for (const [, link] of html.matchAll(/(?:src|href)="(\/static\/[^"]*)"/g)) linked.add(link ?? "");
  }
  expect(linked.size).toBe(6);
  let bytes = 0;
  for (const path of linked) {
    expect(path).toMatch(/-[\w-]{8}\.(js|css|svg|txt)$/);
    for (const encoding of ["br", "gzip"]) {
      const answer = await page.request.get(`${url}${path}`, { headers: { "Accept-Encoding": encoding } });
      const headers = answer.headers();
      expect(answer.status(), path).toBe(200);
      expect(headers["content-encoding"], path).toBe(encoding);
      expect(headers["vary"]?.toLowerCase(), path).toContain("accept-encoding");
      expect(headers["cache-control"], path).toMatch(/public.*immutable/);
      expect(headers["x-content-type-options"], path).toBe("nosniff");
      if (encoding === "br") bytes += Number(headers["content-length"]);
    }
    const plain = await page.request.get(`${url}${path}`, { headers: { "Accept-Encoding": "identity" } });
    expect(plain.headers()["content-encoding"], path).toBeUndefined();
    expect((await plain.body()).length, path).toBeGreaterThan(0);
  }
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(60 * 1024);
});

test("a path that does not exist gets 404", async ({ browserOf }) => {
  const { page, url } = await (await browserOf()).login("olga");
  for (const path of ["/static/", "/static/main.js", "/static/.vite/manifest.json", "/static/..%2f..%2fCargo.toml", "/status/x"]) {
    expect((await page.request.get(`${url}${path}`)).status(), path).toBe(404);
  }
});
