// Accessibility: keyboard only, narrow and enlarged screens, texts that are HTML, and the findings of axe.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, PASSWORD, test, type Tab } from "./rig";

const HTML = `<img src=x onerror="document.title='caught'"><script>document.title='caught'</script><b id=main>bold</b>`;

/** Runs axe in its "legacy" mode: the page has no frames, so axe needs no extra page to merge their findings. */
async function axe(page: Page): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).setLegacyMode().analyze();
  const findings = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
  expect(findings).toEqual([]);
}

/** Starts an action of each kind, so that axe has something to check in each view. */
async function work(tab: Tab): Promise<void> {
  await tab.page.getByRole("switch", { name: "Follow" }).check();
  for (const kind of ["Reload", "Buttons", "Log", "Endless", "Popups", "Process"]) await tab.start(kind, { Text: "a thing" });
  await tab.start("Popups", { Text: "many things", Count: "30" });
  await tab.start("Parallel", { Text: "a thing", Steps: "200" });
  await tab.panel("Start an action").getByText("For testers").click();
  await tab.start("Fail");
  await expect(tab.panel("Live logs").getByRole("listitem").first()).toBeVisible();
  await expect(tab.messages.getByText("popups: a thing made 3 popups")).toBeVisible();
  await expect(tab.panel("Your actions").getByText(/step \d+ of 200/).first()).toBeVisible();
}

/** Checks that nothing has to be scrolled sideways. */
async function fits(page: Page): Promise<void> {
  const [width, content] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  expect(content).toBeLessThanOrEqual(width ?? 0);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ contextOptions: { colorScheme, reducedMotion: "reduce" }, settings: { OPERATORS: "alice", LOGIN_FAILURES: "1" } });
    test(`axe finds nothing in any view, ${colorScheme}`, async ({ browserOf }) => {
      const browser = await browserOf();
      const out = await browser.tab();
      await axe(out.page);
      await out.tryLogin("bob", "wrong");
      await axe(out.page);
      await out.tryLogin("bob", "wrong");
      await expect(out.page.getByRole("alert")).toContainText("Too many");
      await axe(out.page);
      const tab = await browser.login("alice");
      await axe(tab.page);
      await work(tab);
      await axe(tab.page);
      await tab.page.locator("summary", { hasText: "Account of" }).click();
      await axe(tab.page);
      await tab.start("Modals");
      await expect(tab.page.getByRole("dialog")).toBeVisible();
      await axe(tab.page);
      for (let n = 0; n < 3; n += 1) await tab.page.keyboard.press("Escape");
      await tab.menu("Devices");
      await expect(tab.page.getByText("This device")).toBeVisible();
      await axe(tab.page);
      await tab.page.keyboard.press("Escape");
      await tab.menu("Server status");
      await expect(tab.page.getByText("Live", { exact: true })).toBeVisible();
      await axe(tab.page);
    });
  });
}

test.describe("a connection that is lost", () => {
  test("is shown, and axe finds nothing", async ({ browserOf }) => {
    const tab = await (await browserOf()).login("alice");
    await tab.page.context().setOffline(true);
    await expect(tab.page.getByRole("status").filter({ hasText: "Connection lost" })).toBeVisible();
    await axe(tab.page);
  });
});

// 320 pixels are also the width of 640 pixels at 200 %, and of 1280 pixels at 400 %.
for (const width of [320, 390, 640, 820, 1280]) {
  test.describe(`${width} wide`, () => {
    test.use({ contextOptions: { viewport: { width, height: 700 } } });
    test(`nothing is cut off at ${width}`, async ({ browserOf }) => {
      const tab = await (await browserOf()).tab();
      await fits(tab.page);
      await tab.tryLogin("olga");
      await tab.connected();
      await tab.start("Reload", { Text: "x".repeat(120) });
      // A part that comes late would move the controls below it.
      await expect(tab.messages.getByText("reloaded a part")).toBeVisible();
      await work(tab);
      await fits(tab.page);
      await tab.start("Modals", { Text: "y".repeat(120), Count: "1" });
      await expect(tab.page.getByRole("dialog")).toBeVisible();
      await fits(tab.page);
      await tab.page.keyboard.press("Escape");
      await tab.menu("Server status");
      await expect(tab.page.getByRole("heading", { name: "Server status" })).toBeVisible();
      await fits(tab.page);
    });
  });
}

test.describe("a phone", () => {
  test.use({ contextOptions: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } });
  test("has targets of 44 pixels", async ({ browserOf }) => {
    const tab = await (await browserOf()).login("alice");
    await tab.start("Endless");
    await expect(tab.panel("Your actions").getByText("1 running")).toBeVisible();
    const small = await tab.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, summary, a, select, .chips label, .check")]
        .filter((element) => element.checkVisibility() && !element.matches(".skip"))
        .filter((element) => element.getBoundingClientRect().height < 44)
        .map((element) => element.outerHTML),
    );
    expect(small).toEqual([]);
    await fits(tab.page);
  });
});

test.describe("names", () => {
  test.use({ users: ["<img src=x onerror=document.title='caught'>"] });
  test("a user name or an action's text that is HTML is shown as text everywhere", async ({ browserOf }) => {
    const tab = await (await browserOf()).login("<img src=x onerror=document.title='caught'>");
    const dialogs: string[] = [];
    tab.page.on("dialog", (dialog) => dialogs.push(dialog.message()));
    await expect(tab.page.locator(".account .user")).toHaveText("<img src=x onerror=document.title='caught'>");
    await tab.page.getByRole("switch", { name: "Follow" }).check();
    for (const kind of ["Reload", "Buttons", "Log", "Popups", "Process", "Endless", "Parallel", "Modals"]) {
      await tab.start(kind, { Text: HTML });
    }
    await expect(tab.page.getByRole("dialog")).toContainText(HTML);
    for (let n = 0; n < 3; n += 1) await tab.page.keyboard.press("Escape");
    for (const panel of ["Your actions", "Results and messages", "Buttons", "Parts that reload", "Live logs"]) {
      await expect(tab.panel(panel).getByText(HTML).first()).toBeVisible();
    }
    expect(await tab.page.locator("img, b, script:not([src])").count()).toBe(0);
    expect(await tab.page.title()).not.toContain("caught'</script>");
    await expect(tab.page).toHaveTitle(/ · Reference server$/);
    expect(dialogs).toEqual([]);
  });
});

test("a part's HTML is shown, and nothing in it is active", async ({ browserOf, called }) => {
  const browser = await browserOf();
  const tab = await browser.tab();
  // The server escapes what users typed. If it made a mistake, that must do no harm either.
  await tab.page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) =>
      socket.send(
        typeof message === "string" && message.startsWith('42["reload"')
          ? message.replace(
              /"content":"[^"]*"/,
              `"content":"<h3>Title</h3><img src=x onerror=\\"document.title='caught'\\"><script>document.title='caught'</script><form action=/logout><button>Go</button></form><a href=\\"javascript:document.title='caught'\\" id=main class=primary>link</a><table><tr><td>cell</td></tr></table>"`,
            )
          : message,
      ),
    );
  });
  await tab.logIn("alice");
  await tab.connected();
  await tab.start("Reload");
  const part = tab.panel("Parts that reload").locator("[data-part]");
  await expect(part.getByRole("heading", { name: "Title" })).toBeVisible();
  await expect(part.getByText("cell")).toBeVisible();
  expect(await part.innerHTML()).not.toMatch(/img|script|form|class|id=|javascript|onerror/);
  await expect(tab.page).toHaveTitle(`${called("alice")} · Reference server`);
});

test("with the keyboard alone: log in, start, stop, read, log out", async ({ browserOf, called }) => {
  const { page } = await (await browserOf()).tab();
  const keys = async (...all: string[]) => {
    for (const key of all) await page.keyboard.press(key);
  };
  /** Presses Tab until the focus is on the control with this name. */
  const to = async (name: RegExp, key = "Tab") => {
    for (let n = 0; n < 60; n += 1) {
      await page.keyboard.press(key);
      const focused = page.locator(":focus");
      if ((await focused.count()) === 0) continue;
      const snapshot = await focused.ariaSnapshot();
      if (name.test(snapshot)) return;
    }
    throw new Error(`${key} does not reach ${name}`);
  };
  await to(/textbox "Name"/);
  await page.keyboard.type(called("alice"));
  await keys("Tab");
  await page.keyboard.type(PASSWORD);
  await keys("Enter");
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await to(/link "Skip to content"/);
  await keys("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await to(/radio "Countdown"/);
  await keys("ArrowLeft");
  await expect(page.getByRole("radio", { name: "Endless" })).toBeChecked();
  await to(/textbox "Text"/);
  await page.keyboard.type("keys");
  await keys("Enter");
  await to(/button "Stop endless: keys"/);
  await keys("Enter");
  await expect(page.getByText("endless: keys was stopped").first()).toBeVisible();
  await to(/radio "Endless"/, "Shift+Tab");
  await keys("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp");
  await expect(page.getByRole("radio", { name: "Modals" })).toBeChecked();
  await to(/button "Start modals"/);
  await keys("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("modals modal 1");
  await keys("Enter", "Enter", "Escape");
  await expect(dialog).toBeHidden();
  // The focus is back where it was.
  await expect(page.getByRole("button", { name: "Start modals" })).toBeFocused();
  await to(/Account of/, "Shift+Tab");
  await keys("Enter");
  await to(/button "Log out"/);
  await keys("Enter");
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test("while a dialog is open, toasts appear in it, and the next dialog is opened anew", async ({ browserOf }) => {
  const tab = await (await browserOf()).login("alice");
  await tab.page.evaluate(() => {
    const opened = HTMLDialogElement.prototype.showModal;
    HTMLDialogElement.prototype.showModal = function () {
      document.body.dataset["opened"] = `${Number(document.body.dataset["opened"] ?? 0) + 1}`;
      opened.call(this);
    };
  });
  await tab.start("Modals", { Count: "2" });
  const dialog = tab.page.getByRole("dialog");
  await expect(dialog).toContainText("A message, and 1 more");
  const answer = await tab.page.request.post(`${tab.url}/api/actions`, {
    data: { kind: "popups", parameters: { text: "heard", count: 1 } },
    headers: { Origin: tab.url },
  });
  expect(answer.status()).toBe(201);
  await expect(dialog.getByRole("status").getByText("popups: heard popup 1")).toBeVisible();
  await dialog.getByRole("button", { name: /^Dismiss: popups: heard popup/ }).click();
  await expect(dialog.getByRole("heading", { name: "A message" })).toBeFocused();
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(dialog).toContainText("modals modal 2");
  await expect(dialog.getByRole("button", { name: "OK" })).toBeFocused();
  await expect(tab.page.locator("body")).toHaveAttribute("data-opened", "2");
  await dialog.getByRole("button", { name: "OK" }).click();
  await expect(dialog).toBeHidden();
  await tab.start("Popups", { Text: "after", Count: "1" });
  await expect(tab.panel("Notifications").getByText("popups: after popup 1")).toBeVisible();
});

test("when a focused control disappears, the focus moves to its panel's heading", async ({ browserOf }) => {
  const tab = await (await browserOf()).login("alice");
  await tab.start("Endless", { Text: "focus" });
  await tab.page.getByRole("button", { name: "Stop endless: focus" }).focus();
  await tab.page.keyboard.press("Enter");
  await expect(tab.page.getByRole("heading", { name: /^Your actions/ })).toBeFocused();
  await tab.start("Popups", { Text: "many", Count: "60" });
  await expect(tab.messages.getByText("many made 60 popups")).toBeVisible();
  await tab.page.getByRole("button", { name: /^Show \d+ older/ }).focus();
  await tab.page.keyboard.press("Enter");
  await expect(tab.page.getByRole("heading", { name: "Results and messages" })).toBeFocused();
  // After a click on an empty place, the focus is not moved.
  await tab.page.getByRole("button", { name: "Pause" }).focus();
  await tab.page.locator("main").click({ position: { x: 1, y: 1 } });
  await tab.start("Popups", { Text: "later", Count: "1" });
  await expect(tab.page.getByRole("heading", { name: "Live logs" })).not.toBeFocused();
});

test("screen readers are told about progress and messages", async ({ browserOf }) => {
  const tab = await (await browserOf()).login("alice");
  await tab.start("Countdown", { Text: "heard", Steps: "1000" });
  await expect(tab.page.getByRole("status", { name: "Progress" })).toHaveText(/^countdown: heard, \d+ percent$/);
  await tab.panel("Your actions").getByRole("button", { name: "Stop countdown: heard" }).click();
  await expect(tab.page.getByRole("status", { name: "Progress" })).toContainText("countdown: heard was stopped");
  await tab.start("Popups", { Text: "said", Count: "1" });
  const region = tab.panel("Notifications").getByRole("status");
  await expect(region.getByText("popups: said popup 1")).toBeVisible();
});
