// What the tests share: a server, a browser for each user, and the words for what a user does.

import { test as base, expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { PASSWORD, Server } from "./server";

export { expect, PASSWORD };

/** A user's browser: nothing is shared between two. */
export class Browser {
  constructor(
    readonly context: BrowserContext,
    private readonly url: string,
  ) {}

  /** Logs in with one tab, and waits until it is connected. */
  async login(user: string): Promise<Tab> {
    const tab = new Tab(await this.context.newPage(), this.url);
    await tab.logIn(user);
    await tab.connected();
    return tab;
  }

  async tab(): Promise<Tab> {
    const tab = new Tab(await this.context.newPage(), this.url);
    await tab.page.goto(this.url);
    return tab;
  }
}

export class Tab {
  constructor(
    readonly page: Page,
    readonly url: string,
  ) {}

  async logIn(user: string, password = PASSWORD): Promise<void> {
    await this.page.goto(`${this.url}/login`);
    await this.tryLogin(user, password);
  }

  async tryLogin(user: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel("Name").fill(user);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Log in" }).click();
  }

  async connected(): Promise<void> {
    await expect(this.page.getByText("Connected", { exact: true })).toBeVisible();
  }

  /** The panel with this heading. */
  panel(name: string | RegExp): Locator {
    return this.page.getByRole("region", { name });
  }

  get messages(): Locator {
    return this.panel("Results and messages").getByRole("listitem");
  }

  /** The texts of the messages, the newest first. */
  async texts(): Promise<string[]> {
    return this.messages.locator(".text").allTextContents();
  }

  /** Starts an action by its form; numbers and texts by the labels of their fields. */
  async start(kind: string, fields: Record<string, string> = {}): Promise<void> {
    const panel = this.panel("Start an action");
    await panel.getByRole("radio", { name: kind, exact: true }).check();
    for (const [label, value] of Object.entries(fields)) {
      await panel.getByLabel(label, { exact: true }).fill(value);
    }
    await panel.getByRole("button", { name: /^Start/ }).click();
  }

  async menu(item: string): Promise<void> {
    await this.page.locator("summary", { hasText: "Account of" }).click();
    await this.page.getByRole("navigation", { name: "Account" }).getByText(item, { exact: true }).click();
  }
}

interface Fixtures {
  settings: Record<string, string>;
  users: string[];
  server: Server;
  browserOf: () => Promise<Browser>;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  users: [["alice", "bob"], { option: true }],
  server: async ({ users, settings }, use) => {
    const server = await Server.start(users, settings);
    await use(server);
    await server.end();
  },
  browserOf: async ({ browser, server, contextOptions }, use) => {
    const contexts: BrowserContext[] = [];
    const wrong: string[] = [];
    await use(async () => {
      const context = await browser.newContext(contextOptions);
      contexts.push(context);
      // Nothing that the policy refuses, and no error of our own, is a matter of course.
      context.on("weberror", (error) => wrong.push(error.error().message));
      context.on("console", (message) => {
        if (/Content.Security.Policy|Trusted/i.test(message.text())) wrong.push(message.text());
      });
      return new Browser(context, server.url);
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(wrong).toEqual([]);
  },
});

/** Everything that the browser keeps for the page, as text. */
export function kept(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const request = indexedDB.open("page", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("states");
    await new Promise((resolve) => (request.onsuccess = resolve));
    const all = request.result.transaction("states").objectStore("states").getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    request.result.close();
    const text = (_: string, value: unknown) => (value instanceof Map ? [...value] : value);
    return JSON.stringify([all.result, { ...localStorage }, { ...sessionStorage }], text);
  });
}
