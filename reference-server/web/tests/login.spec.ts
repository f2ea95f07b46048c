// Logging in and out, also without scripts, and what a lock-out looks like.

import { expect, test } from "./rig";

test("the page says that a password is wrong, and how long a lock-out lasts", async ({ browserOf }) => {
  const tab = await (await browserOf()).tab();
  await tab.tryLogin("alice", "wrong");
  await expect(tab.page.getByRole("alert")).toHaveText("The name or the password is wrong.");
  for (let n = 2; n <= 5; n += 1) await tab.tryLogin("alice", "wrong");
  await tab.tryLogin("alice", "wrong");
  await expect(tab.page.getByRole("alert")).toContainText(/Too many failed logins\. Wait \d+ seconds/);
  await expect(tab.page.getByRole("button")).toHaveText(/^Wait [45]:\d\d$/);
  await expect(tab.page.getByRole("button")).toBeDisabled();
});

test.describe("a short lock-out", () => {
  test.use({ settings: { LOGIN_FAILURES: "1", LOGIN_LOCK: "10" } });
  test("ends when its time is over, and the page says so", async ({ browserOf }) => {
    const tab = await (await browserOf()).tab();
    await tab.tryLogin("alice", "wrong");
    await expect(tab.page.getByRole("alert")).toContainText("wrong");
    await tab.tryLogin("alice");
    await expect(tab.page.getByRole("alert")).toContainText("Too many");
    await expect(tab.page.getByText("You can try again now.")).toBeVisible();
    await tab.tryLogin("alice");
    await tab.connected();
  });
});

test("a second click before the answer is not a second attempt", async ({ browserOf }) => {
  const tab = await (await browserOf()).tab();
  let tries = 0;
  let answer = (): void => {};
  const clicked = new Promise<void>((resolve) => (answer = resolve));
  await tab.page.route("**/login", async (route) => {
    if (route.request().method() === "POST") tries += 1;
    await clicked;
    await route.continue();
  });
  await tab.page.getByLabel("Name").fill("alice");
  await tab.page.getByLabel("Password").fill("wrong");
  await tab.page.getByRole("button", { name: "Log in" }).dblclick({ noWaitAfter: true });
  answer();
  await expect(tab.page.getByRole("alert")).toContainText("wrong");
  expect(tries).toBe(1);
});

test.describe("without scripts", () => {
  test.use({ contextOptions: { javaScriptEnabled: false } });
  test("a user can log in and out, and a lock-out shows its time", async ({ browserOf, called }) => {
    const tab = await (await browserOf()).tab();
    await tab.tryLogin("alice", "wrong");
    await expect(tab.page.getByRole("alert")).toContainText("wrong");
    await tab.tryLogin("alice");
    await expect(tab.page.getByRole("heading", { name: called("alice") })).toBeVisible();
    await tab.page.getByRole("button", { name: "Log out" }).click();
    await expect(tab.page.getByRole("heading", { name: "Log in" })).toBeVisible();
    for (let n = 0; n <= 5; n += 1) await tab.tryLogin("bob", "wrong");
    await expect(tab.page.getByText(/Time left: \d+ seconds/)).toBeVisible();
  });
});

test("logging out in one tab logs out the other, and the back button shows nothing", async ({ browserOf }) => {
  const browser = await browserOf();
  const one = await browser.login("alice");
  await one.start("Popups", { Text: "private", Count: "1" });
  await expect(one.messages.getByText("private popup 1")).toBeVisible();
  const other = await browser.tab();
  await other.connected();
  await one.menu("Log out");
  for (const { page } of [one, other]) await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await expect(other.page.getByText("Your session has ended")).toBeVisible();
  await expect(one.page.getByText("Your session has ended")).toBeHidden();
  await one.page.goBack();
  await expect(one.page.getByRole("heading", { name: "Log in" })).toBeVisible();
  await expect(one.page.getByText("private")).toHaveCount(0);
  // The next user of this browser finds nothing of the previous one.
  await other.tryLogin("bob");
  await other.connected();
  await expect(other.panel("Results and messages").getByText("No messages yet.")).toBeVisible();
  const kept = await other.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toContain("private");
});

test.describe("a short session", () => {
  test.use({ settings: { PERMANENT_SESSION_LIFETIME: "15" } });
  test("ends when its time is over, and the page says so", async ({ browserOf }) => {
    const tab = await (await browserOf()).login("alice");
    await expect(tab.page.getByText("Your session has ended")).toBeVisible();
  });
});

test("devices are listed, one is logged out, and then all", async ({ browserOf }) => {
  const here = await (await browserOf()).login("alice");
  const there = await (await browserOf()).login("alice");
  await here.menu("Devices");
  const dialog = here.page.getByRole("dialog", { name: "Where you are logged in" });
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await dialog.getByRole("button", { name: /Log out Chrome on Linux/ }).click();
  await expect(dialog.getByRole("listitem")).toHaveCount(1);
  await expect(there.page.getByText("Your session has ended")).toBeVisible();
  // The back button closes the dialog and leaves the page.
  await here.page.goBack();
  await expect(dialog).toBeHidden();
  await here.connected();

  await there.tryLogin("alice");
  await there.connected();
  await here.menu("Log out everywhere");
  for (const { page } of [here, there]) await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test("after another login in the same browser, the page belongs to the new user", async ({ browserOf, called }) => {
  const browser = await browserOf();
  const alice = await browser.login("alice");
  await browser.login("bob");
  await expect(alice.page.getByText(`Account of ${called("bob")}`)).toBeAttached();
  await alice.connected();
});
