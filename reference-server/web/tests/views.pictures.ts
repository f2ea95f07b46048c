// Takes a screenshot of each view, for people to look at. Nothing here is a test.

import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test, type Tab } from "./rig";

const folder = process.env["SCREENSHOTS"] ?? "../../target/screenshots";

test.use({ settings: { OPERATORS: "alice", LOGIN_FAILURES: "1" }, users: ["alice", "bob"] });

async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage, animations: "disabled" });
}

/** Starts an action of each kind, some of them long. */
async function work(tab: Tab): Promise<void> {
  await tab.panel("Live logs").getByRole("switch").check();
  await tab.start("Reload", { Text: "prices of the day" });
  await tab.start("Buttons", { Text: "publish the report" });
  await tab.start("Process", { Text: "convert the archive", Count: "4" });
  await tab.start("Log", { Text: "nightly import", Count: "8" });
  await tab.panel("Start an action").getByText("For testers").click();
  await tab.start("Fail", { Text: "send to the printer" });
  await tab.start("Endless", { Text: "watch the folder" });
  await tab.start("Parallel", { Text: "render the pages", Children: "3", Steps: "60", "Interval (ms)": "250" });
  await tab.start("Countdown", { Text: "index the library", Steps: "80", "Interval (ms)": "250" });
  await tab.start("Popups", { Text: "mail", Count: "2" });
  await expect(tab.panel("Live logs").getByText("nightly import line 8")).toBeVisible();
  await expect(tab.panel("Your actions").getByText(/step [2-7]\d of 80/)).toBeVisible();
}

test("the login", async ({ browserOf }) => {
  const { page } = await (await browserOf()).tab();
  await picture(page, "login");
  for (const words of ["wrong", "Too many"]) {
    await page.getByLabel("Name").fill("alice");
    await page.getByLabel("Password").fill("not this one");
    await page.getByRole("button").click();
    await expect(page.getByRole("alert")).toContainText(words);
  }
  await picture(page, "login-locked");
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ contextOptions: { colorScheme, viewport: { width: 1360, height: 900 } } });
    test(`the page, ${colorScheme}`, async ({ browserOf }) => {
      const tab = await (await browserOf()).login("alice");
      await picture(tab.page, `home-empty-${colorScheme}`);
      await work(tab);
      await picture(tab.page, `home-${colorScheme}`);
      await tab.start("Modals", { Text: "The import has found 12 records twice. They were left out", Count: "2" });
      await expect(tab.page.getByRole("dialog")).toBeVisible();
      await picture(tab.page, `modal-${colorScheme}`, false);
      await tab.page.keyboard.press("Escape");
      await tab.page.keyboard.press("Escape");
      await tab.menu("Devices");
      await expect(tab.page.getByText("This device")).toBeVisible();
      await picture(tab.page, `devices-${colorScheme}`, false);
      await tab.page.keyboard.press("Escape");
      const bob = await (await browserOf()).login("bob");
      await bob.start("Popups", { Count: "3" });
      await tab.menu("Server status");
      await expect(tab.page.getByText("Live", { exact: true })).toBeVisible();
      await expect(tab.page.locator("polyline").first()).toHaveAttribute("points", /( .*){6}/);
      await picture(tab.page, `status-${colorScheme}`);
    });
  });
}

test.describe("narrow", () => {
  test.use({ contextOptions: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } });
  test("the page on a phone", async ({ browserOf, server }) => {
    const tab = await (await browserOf()).login("bob");
    await work(tab);
    await expect(tab.panel("Notifications").getByRole("listitem")).toHaveCount(0);
    await picture(tab.page, "phone", false);
    await server.kill();
    await expect(tab.page.getByText("Connection lost")).toBeVisible();
    await picture(tab.page, "phone-lost", false);
    // This comes last, because a picture of the whole page gives the browser another size.
    await picture(tab.page, "phone-whole");
  });
});
