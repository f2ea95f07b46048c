// Every event once and in order: after a refresh, after a crash of the server, and in a second tab.

import { expect, kept, test, type Tab } from "./rig";

/** The numbers of an action's popups, in the order of their arrival. */
async function numbers(tab: Tab, name: string): Promise<number[]> {
  const texts = (await tab.texts()).reverse();
  return texts.flatMap((text) => (text.startsWith(`popups: ${name} popup `) ? [Number(text.split(" ").at(-1))] : []));
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

test("a refresh in the middle of an action loses and repeats nothing", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  await alice.start("Countdown", { Text: "long", Steps: "1000" });
  await alice.start("Popups", { Text: "one", Count: "30" });
  await alice.start("Reload", { Text: "part" });
  await alice.start("Buttons", { Text: "changed" });
  await expect(alice.panel("Your actions").getByText(/step \d+ of 1000/)).toBeVisible();
  await alice.page.reload();
  await alice.connected();
  await expect(alice.page.getByRole("progressbar", { name: "countdown: long" })).toBeVisible();
  await expect(alice.panel("Parts that reload").getByText("reload: part")).toBeVisible();
  await expect(alice.panel("Buttons").getByRole("button", { name: "buttons: changed" })).toBeVisible();
  await alice.panel("Your actions").getByRole("button", { name: "Stop countdown: long" }).click();
  await expect(alice.messages.getByText("countdown: long was stopped")).toHaveCount(1);
  expect(await numbers(alice, "one")).toEqual(upTo(30));
});

test("what the user typed and chose is still there after a refresh", async ({ browserOf }) => {
  const { page, ...alice } = await (await browserOf()).login("alice");
  const panel = page.getByRole("region", { name: "Start an action" });
  await panel.getByRole("radio", { name: "Parallel" }).check();
  await panel.getByLabel("Text").fill("not yet");
  await page.getByLabel("Search").fill("needle");
  await page.getByRole("switch", { name: "Follow" }).check();
  await page.goto(`${alice.url}/api/actions`);
  await page.goBack();
  await expect(panel.getByRole("radio", { name: "Parallel" })).toBeChecked();
  await expect(panel.getByLabel("Text")).toHaveValue("not yet");
  await expect(page.getByLabel("Search")).toHaveValue("needle");
  await expect(page.getByRole("switch", { name: "Follow" })).toBeChecked();
});

test("what was missed without a connection comes once and in order", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  const away = await (await browserOf()).login("alice");
  await away.start("Popups", { Text: "before", Count: "3" });
  await expect(away.messages.getByText("popups: before made 3 popups")).toBeVisible();
  await away.page.context().setOffline(true);
  await expect(away.page.getByText("Connection lost")).toBeVisible();
  await alice.start("Popups", { Text: "missed", Count: "40" });
  await expect(alice.messages.getByText("popups: missed made 40 popups")).toBeVisible();
  await away.page.context().setOffline(false);
  await away.connected();
  await expect(away.messages.getByText("popups: missed made 40 popups")).toHaveCount(1);
  expect(await numbers(away, "before")).toEqual(upTo(3));
  expect(await numbers(away, "missed")).toEqual(upTo(40));
});

test("the page says what is lost because the server no longer keeps it, and continues", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  const away = await (await browserOf()).login("alice");
  await away.start("Popups", { Text: "before", Count: "3" });
  await expect(away.messages.getByText("popups: before made 3 popups")).toBeVisible();
  await away.page.context().setOffline(true);
  await expect(away.page.getByText("Connection lost")).toBeVisible();
  await alice.panel("Start an action").getByText("For testers").click();
  for (const text of ["one", "two"]) {
    await alice.start("Flood", { Text: text, Count: "900" });
    await expect(alice.messages.getByText(`flood: ${text} sent 900 messages`)).toBeVisible();
  }
  await alice.start("Endless", { Text: "still there" });
  await away.page.context().setOffline(false);
  await away.connected();
  await expect(away.messages.getByText(/^\d+ messages sent while you were disconnected are lost/)).toHaveCount(1);
  await expect(away.messages.getByText("flood: two sent 900 messages")).toHaveCount(1);
  await expect(away.panel("Your actions").getByRole("heading", { name: "endless: still there" })).toBeVisible();
  // The page says it once, and does not repeat it after a refresh.
  await away.page.reload();
  await away.connected();
  await away.start("Popups", { Text: "after", Count: "3" });
  await expect(away.messages.getByText("popups: after made 3 popups")).toHaveCount(1);
  expect((await away.texts()).filter((text) => text.includes("are lost"))).toHaveLength(1);
});

test("if no WebSocket gets through, polling is used", async ({ browserOf }) => {
  const browser = await browserOf();
  // As behind a proxy that lets no WebSocket through.
  await browser.context.addInitScript(() => {
    const opened = WebSocket;
    globalThis.WebSocket = class extends opened {
      constructor() {
        super(`ws://${location.host}/nothing`);
      }
    };
  });
  const alice = await browser.login("alice");
  await alice.start("Popups", { Text: "slowly", Count: "5" });
  await expect(alice.messages.getByText("popups: slowly made 5 popups")).toBeVisible();
  expect(await numbers(alice, "slowly")).toEqual(upTo(5));
});

test("if the server refuses to say what was missed, the page asks again, each time later, and then gives up", async ({ browserOf }) => {
  const tab = await (await browserOf()).tab();
  const times: number[] = [];
  await tab.page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const ack = typeof message === "string" ? /^43(\d+)\[\{.*"missed"/.exec(message) : null;
      if (ack) times.push(Date.now());
      socket.send(ack ? `43${ack[1]}[{"error":"no"}]` : message);
    });
  });
  await tab.logIn("alice");
  await tab.connected();
  expect(times).toHaveLength(3);
  const [one = 0, two = 0, three = 0] = times;
  expect(two - one).toBeGreaterThanOrEqual(400);
  expect(three - two).toBeGreaterThanOrEqual(800);
  await tab.start("Popups", { Text: "then", Count: "3" });
  await expect(tab.messages.getByText("popups: then made 3 popups")).toBeVisible();
});

test("after the server has restarted its count, new events are shown, also after a refresh", async ({ browserOf }) => {
  const tab = await (await browserOf()).tab();
  await tab.logIn("alice");
  await tab.connected();
  await tab.start("Modals", { Text: "old", Count: "2" });
  const dialog = tab.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(dialog).toContainText("old modal 2");
  await dialog.getByRole("button", { name: "OK" }).click();
  // As if the page had seen higher numbers than the server has sent.
  await expect(dialog).toBeHidden();
  await expect.poll(() => kept(tab.page)).toMatch(/"modals":\[\].*old made 2 modals|old made 2 modals.*"modals":\[\]/);
  await tab.page.evaluate(async () => {
    const request = indexedDB.open("page", 1);
    await new Promise((resolve) => (request.onsuccess = resolve));
    const session = document.getElementById("page")?.dataset["session"] ?? "";
    const store = request.result.transaction("states", "readwrite").objectStore("states");
    const got = store.get(session);
    await new Promise((resolve) => (got.onsuccess = resolve));
    const put = store.put({ ...got.result, seq: 100_000 }, session);
    await new Promise((resolve) => (put.onsuccess = resolve));
    localStorage.setItem(`choices:${session}`, JSON.stringify({ liveLogs: false, readTo: 100_000 }));
  });
  await tab.page.reload();
  await tab.connected();
  await expect(tab.messages.getByText(/^Some messages .* are lost/)).toHaveCount(1);
  await expect(dialog).toBeHidden();
  await tab.start("Popups", { Text: "new", Count: "1" });
  await expect(tab.panel("Notifications").getByText("popups: new popup 1")).toBeVisible();
  await tab.start("Modals", { Text: "new", Count: "1" });
  await expect(dialog).toContainText("new modal 1");
  await tab.page.keyboard.press("Escape");
  await tab.page.reload();
  await tab.connected();
  await expect(tab.messages.getByText("popups: new popup 1")).toHaveCount(1);
  await expect(dialog).toBeHidden();
});

test.describe("a server of its own", () => {
  test.use({ users: ["alice"] });
  test("the page reconnects to a killed server, and says that its running action has ended", async ({ browserOf, server }) => {
    const alice = await (await browserOf()).login("alice");
    await alice.start("Popups", { Text: "before", Count: "5" });
    await expect(alice.messages.getByText("popups: before made 5 popups")).toBeVisible();
    await alice.start("Endless", { Text: "for ever" });
    await expect(alice.panel("Your actions").getByText("1 running")).toBeVisible();
    await server.kill();
    await expect(alice.page.getByText("Connection lost")).toBeVisible();
    await alice.panel("Start an action").getByRole("button", { name: /^Start/ }).click();
    await expect(alice.page.getByText("Not started: the server cannot be reached")).toBeVisible();
    await server.startAgain();
    await alice.connected();
    await expect(alice.panel("Your actions").getByText("0 running")).toBeVisible();
    await expect(alice.messages.getByText("endless: for ever ended without a result")).toHaveCount(1);
    await alice.start("Popups", { Text: "after", Count: "5" });
    await expect(alice.messages.getByText("popups: after made 5 popups")).toHaveCount(1);
    expect(await numbers(alice, "before")).toEqual(upTo(5));
    expect(await numbers(alice, "after")).toEqual(upTo(5));
  });
});

test("a second tab shows the same, both earlier and new events", async ({ browserOf }) => {
  const browser = await browserOf();
  const one = await browser.login("alice");
  await one.start("Popups", { Text: "first", Count: "5" });
  await expect(one.messages.getByText("popups: first made 5 popups")).toBeVisible();
  await one.start("Endless", { Text: "both" });
  const other = await browser.tab();
  await other.connected();
  await expect(other.panel("Your actions").getByRole("heading", { name: "endless: both" })).toBeVisible();
  await other.start("Modals", { Text: "read", Count: "1" });
  for (const tab of [one, other]) await expect(tab.page.getByRole("dialog")).toContainText("modals: read modal 1");
  // A modal that was read in one tab is read in the other.
  await other.page.getByRole("dialog").getByRole("button", { name: "OK" }).click();
  await expect(one.page.getByRole("dialog")).toBeHidden();
  await other.panel("Your actions").getByRole("button", { name: "Stop endless: both" }).click();
  for (const tab of [one, other]) await expect(tab.messages.getByText("endless: both was stopped")).toBeVisible();
  await expect.poll(() => one.texts()).toEqual(await other.texts());
});
