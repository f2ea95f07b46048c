// A browser that several people use: a page shows nothing of the next user, and leaves nothing of its own user behind.

import { expect, kept, test, type Tab } from "./rig";

/** Disconnects one tab, but not the others. Returns a function that connects it again. */
async function offline(tab: Tab): Promise<() => Promise<unknown>> {
  const session = await tab.page.context().newCDPSession(tab.page);
  const network = (off: boolean) =>
    session.send("Network.emulateNetworkConditions", { offline: off, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await session.send("Network.enable");
  await network(true);
  return () => network(false);
}

/** Puts something of alice's into every store of the page. None of it may stay. */
async function work(tab: Tab): Promise<void> {
  await tab.start("Popups", { Text: "private", Count: "2" });
  await expect(tab.messages.getByText("popups: private made 2 popups")).toBeVisible();
  await expect.poll(() => kept(tab.page)).toContain("made 2 popups");
}

for (const by of ["its requests", "its socket alone"]) test(`a stale tab learns from ${by} who has logged in since, and shows their page`, async ({ browserOf, called }) => {
  const browser = await browserOf();
  const one = await browser.login("alice");
  await work(one);
  const online = await offline(one);
  const other = await browser.tab();
  await other.logIn("bob");
  await other.connected();
  await other.start("Popups", { Text: "of bob", Count: "3" });
  await expect(other.messages.getByText("of bob made 3 popups")).toBeVisible();
  // Anything of bob's that the stale page shows while it is alice's.
  const mixed: string[] = [];
  await one.page.exposeFunction("mixed", (text: string) => mixed.push(text));
  await one.page.evaluate(() => {
    new MutationObserver(() => {
      const { innerText } = document.body;
      if (innerText.includes("of bob")) (window as unknown as { mixed: (text: string) => void }).mixed(innerText);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  let stale = by !== "its requests";
  one.page.once("framenavigated", () => (stale = false));
  await one.page.route("**/api/sessions", (route) => (stale ? route.abort() : route.continue()));
  await online();
  await expect(one.page.getByText(`Account of ${called("bob")}`)).toBeAttached();
  await one.connected();
  await expect(one.messages.getByText("of bob made 3 popups")).toBeVisible();
  expect(mixed).toEqual([]);
  await expect(one.page.getByText("private")).toHaveCount(0);
  expect(await kept(one.page)).not.toContain("private");
  await expect(other.messages.getByText("of bob made 3 popups")).toBeVisible();
});

test("every request that changes something names the page's session", async ({ browserOf }) => {
  const browser = await browserOf();
  const one = await browser.login("alice");
  const headers: (string | undefined)[] = [];
  one.page.on("request", (request) => {
    if (request.method() !== "GET") headers.push(request.headers()["x-session"]);
  });
  await one.start("Popups", { Text: "mine", Count: "1" });
  await expect(one.messages.getByText("mine made 1 popups")).toBeVisible();
  const id = await one.page.evaluate(() => document.getElementById("page")?.dataset["session"]);
  await one.menu("Log out");
  await expect(one.page.getByRole("heading", { name: "Log in" })).toBeVisible();
  expect(id).toBeTruthy();
  expect(headers).toEqual([id, id]);
});

test("after logging out the browser keeps nothing", async ({ browserOf }) => {
  const tab = await (await browserOf()).login("alice");
  await work(tab);
  await tab.menu("Log out");
  await expect(tab.page.getByRole("heading", { name: "Log in" })).toBeVisible();
  expect(await kept(tab.page)).toBe("[[],{},{}]");
});

test("after the session was ended elsewhere the browser keeps nothing", async ({ browserOf }) => {
  const here = await (await browserOf()).login("alice");
  await work(here);
  const there = await (await browserOf()).login("alice");
  await there.menu("Log out everywhere");
  await expect(here.page.getByText("Your session has ended")).toBeVisible();
  expect(await kept(here.page)).toBe("[[],{},{}]");
});

test("the login page deletes what a page had no time to delete, unless its user is still logged in", async ({ browserOf }) => {
  const browser = await browserOf();
  const tab = await browser.login("alice");
  await work(tab);
  const other = await browser.context.newPage();
  const asked = other.waitForResponse(/api\/sessions$/);
  await other.goto(`${tab.url}/login`);
  expect((await asked).status()).toBe(200);
  expect(await kept(other)).toContain("private");
  // As if the browser had been closed, and the session had ended since.
  await tab.page.goto("about:blank");
  await browser.context.clearCookies();
  await other.goto(`${tab.url}/login`);
  await expect.poll(() => kept(other)).toBe("[[],{},{}]");
});

test("the page is left if the server refuses a request because the session is another one", async ({ browserOf }) => {
  const tab = await (await browserOf()).login("alice");
  let stale = true;
  tab.page.once("framenavigated", () => (stale = false));
  const other = { sessions: [{ id: "another", created: 0, expires: 0, current: true }] };
  await tab.page.route("**/api/sessions", (route) => (stale ? route.fulfill({ json: other }) : route.continue()));
  await tab.page.route("**/api/actions", (route) => {
    const refused = { error: "this page is of another session", fix: "load the page again" };
    return stale && route.request().method() === "POST" ? route.fulfill({ status: 409, json: refused }) : route.continue();
  });
  await tab.start("Popups", { Text: "not sent", Count: "1" });
  await expect.poll(() => stale).toBe(false);
  await tab.connected();
  // What the user typed is forgotten too.
  await expect(tab.panel("Start an action").getByLabel("Text", { exact: true })).toHaveValue("");
});
