// What an action can change on the page, uploads, live logs, and the server's status.

import { expect, test } from "./rig";

test("modals come one after the other, and unread ones come back after a refresh", async ({ browserOf }) => {
  const { page, ...alice } = await (await browserOf()).login("alice");
  const dialog = page.getByRole("dialog");
  const panel = page.getByRole("region", { name: "Start an action" });
  await panel.getByRole("radio", { name: "Modals" }).check();
  await panel.getByLabel("Count", { exact: true }).fill("7");
  await panel.getByRole("button", { name: "Start modals" }).click();
  // Only the newest five are kept. Either the server or the page drops the others.
  await expect(dialog).toContainText("modals modal 3");
  await expect(dialog).toContainText("and 4 more");
  await page.keyboard.press("Escape");
  await expect(dialog).toContainText("modals modal 4");
  await page.goto(alice.url);
  await expect(dialog).toContainText("modals modal 4");
  for (let n = 5; n <= 7; n += 1) {
    await dialog.getByRole("button", { name: "Next" }).click();
    await expect(dialog).toContainText(`modals modal ${n}`);
  }
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog).toBeHidden();
});

test("a button changes, is disabled and enabled, and starts the action in the form", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  const form = alice.panel("Start an action");
  const buttons = alice.panel("Buttons").getByRole("button");
  await expect(buttons).toHaveText(["Run"]);
  await form.getByRole("radio", { name: "Buttons" }).check();
  await form.getByLabel("Text", { exact: true }).fill("off");
  await form.getByRole("button", { name: "Disable" }).click();
  await form.getByRole("button", { name: "Start buttons" }).click();
  await expect(buttons).toHaveText(["buttons: off"]);
  await expect(buttons).toBeDisabled();
  await form.getByLabel("Text", { exact: true }).fill("on");
  await form.getByRole("button", { name: "Enable" }).click();
  await form.getByRole("button", { name: "Start buttons" }).click();
  await expect(buttons).toHaveText(["buttons: on"]);
  await expect(buttons).toBeEnabled();
  await form.getByRole("radio", { name: "Popups" }).check();
  await buttons.click();
  await expect(alice.messages.getByText("popups made 3 popups")).toBeVisible();
});

// On the shared server, its fifty actions would run beside all the other tests.
test.describe("a server of its own", () => {
  test.use({ users: ["alice"] });
  test("a refusal is shown in the server's words", async ({ browserOf }) => {
    const alice = await (await browserOf()).login("alice");
    for (let n = 1; n <= 50; n += 1) {
      const answer = await alice.page.request.post(`${alice.url}/api/actions`, {
        data: { kind: "endless" },
        headers: { Origin: alice.url },
      });
      expect(answer.status()).toBe(201);
    }
    await alice.start("Countdown", { Steps: "1" });
    await expect(alice.page.getByText("Not started: 50 of your actions are running. To fix it, stop one first.")).toBeVisible();
    await expect(alice.panel("Your actions").getByText("50 running")).toBeVisible();
  });
});

test("the page stays usable in a flood, and says how much there was", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  await alice.panel("Start an action").getByText("For testers").click();
  await alice.start("Flood", { Count: "900" });
  await expect(alice.messages.getByText("flood sent 900 messages")).toBeVisible();
  await expect(alice.page.getByText(/and \d+ more in the messages/)).toBeVisible();
  await alice.start("Countdown", { Steps: "2" });
  await expect(alice.messages.getByText("countdown is done")).toBeVisible();
});

test("an upload shows its progress and can be stopped", async ({ browserOf }) => {
  const { page } = await (await browserOf()).login("alice");
  const name = "<img src=x onerror=alert(1)>.txt";
  await page.getByLabel("Choose files").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.alloc(3_000_000, "x") });
  await expect(page.getByText(`${name}: 3.0 MB uploaded`).first()).toBeVisible();
  // A slow upload shows its progress, and can be stopped.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 200_000,
  });
  await page.getByLabel("Choose files").setInputFiles({ name: "slow", mimeType: "text/plain", buffer: Buffer.alloc(8_000_000) });
  const bar = page.getByRole("progressbar", { name: "Upload of slow" });
  await expect.poll(async () => Number(await bar.getAttribute("value"))).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Stop the upload" }).click();
  await expect(page.getByText("slow: not uploaded, it was stopped").first()).toBeVisible();
});

test.describe("a small limit for uploads", () => {
  test.use({ settings: { UPLOADS_PER_USER: "4096" } });
  test("an upload over the limit is refused in the server's words", async ({ browserOf }) => {
    const { page } = await (await browserOf()).login("alice");
    await page.getByLabel("Choose files").setInputFiles({ name: "large", mimeType: "text/plain", buffer: Buffer.alloc(9000) });
    await expect(page.getByText("large: not uploaded, your uploads have reached their limit").first()).toBeVisible();
  });
});

test("logs are followed, searched, filtered and paused", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  const logs = alice.panel("Live logs");
  await logs.getByRole("switch", { name: "Follow" }).check();
  await alice.start("Log", { Text: "first", Count: "12" });
  await expect(logs.getByRole("listitem")).toHaveCount(12);
  await logs.getByLabel("Search").fill("LINE 1");
  await expect(logs.getByRole("listitem")).toHaveCount(4);
  await logs.getByLabel("Minimum level").selectOption("WARNING");
  await expect(logs.getByRole("listitem")).toHaveCount(0);
  await logs.getByLabel("Minimum level").selectOption("INFO");
  await logs.getByLabel("Search").fill("");
  await logs.getByRole("button", { name: "Pause" }).click();
  await alice.start("Log", { Text: "second", Count: "5" });
  await expect(logs.getByRole("button", { name: "Resume (5 new)" })).toBeVisible();
  await expect(logs.getByRole("listitem")).toHaveCount(12);
  await logs.getByRole("button", { name: "Resume" }).click();
  await expect(logs.getByRole("listitem")).toHaveCount(17);
  // The page follows them again after a refresh.
  await alice.page.reload();
  await alice.connected();
  await expect(logs.getByRole("listitem")).toHaveCount(17);
  await alice.start("Log", { Text: "third", Count: "1" });
  await expect(logs.getByRole("listitem")).toHaveCount(18);
});

test.describe("operators", () => {
  test.use({ settings: { OPERATORS: "alice" } });
  test("see the server's status, and nobody else does", async ({ browserOf }) => {
    const alice = await (await browserOf()).login("alice");
    const bob = await (await browserOf()).login("bob");
    await expect(bob.page.getByText("Server status")).toHaveCount(0);
    for (const path of ["/status", "/api/status"]) {
      expect((await bob.page.request.get(`${bob.url}${path}`)).status()).toBe(404);
    }
    await bob.start("Endless");
    await alice.menu("Server status");
    await expect(alice.page.getByText("Live", { exact: true })).toBeVisible();
    const value = (name: string) => alice.page.locator(`[data-value="${name}"]`);
    await expect(value("actions_running")).toHaveText("1");
    await expect(value("sockets")).toHaveText("1");
    await expect(value("sessions_user")).toHaveText("2");
    await expect(value("dropped_messages")).toHaveText("0");
    await expect(value("tick_lag_ms")).toHaveText(/^[\d.]+$/);
    await expect(alice.page.getByText("well").first()).toBeVisible();
    // Old numbers are marked as old, and the page says why they are old.
    await alice.page.route("**/api/status", (route) => route.abort());
    await expect(alice.page.getByText(/^The server does not answer; the numbers are from [\d:]+/)).toBeVisible();
    await expect(alice.page.locator("main.old")).toBeVisible();
    await alice.page.route("**/api/status", (route) => route.fulfill({ status: 404 }));
    await expect(alice.page.getByText(/^You are no longer an operator/)).toBeVisible();
    await alice.page.unrouteAll();
    await alice.page.reload();
    await expect(alice.page.getByText("Live", { exact: true })).toBeVisible();
    await alice.page.context().clearCookies();
    await expect(alice.page.getByRole("heading", { name: "Log in" })).toBeVisible();
    expect(new URL(alice.page.url()).search).toBe("?next=/status");
  });
});
