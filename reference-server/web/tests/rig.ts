// What the tests share: a server, a browser for each user, and a method for each thing that a user does.
//
// The tests of a worker share one server, where each test has users of its own: keeping users apart is the server's
// job. A test that needs settings, kills the server or counts something on it has a server to itself.

import { test as base, expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { PASSWORD, Server } from "./server";

export { expect, PASSWORD };

/** A user's browser. Two browsers share nothing. */
export class Browser {
  constructor(
    readonly context: BrowserContext,
    private readonly at: Place,
  ) {}

  /** Logs in with one tab, and waits until it is connected. */
  async login(user: string): Promise<Tab> {
    const tab = new Tab(await this.context.newPage(), this.at);
    await tab.logIn(user);
    await tab.connected();
    return tab;
  }

  async tab(): Promise<Tab> {
    const tab = new Tab(await this.context.newPage(), this.at);
    await tab.page.goto(tab.url);
    return tab;
  }
}

/** A server, and the names there of the users in the test. */
interface Place {
  server: Server;
  called: (user: string) => string;
}

export class Tab {
  readonly url: string;

  constructor(
    readonly page: Page,
    private readonly at: Place,
  ) {
    this.url = at.server.url;
  }

  async logIn(user: string, password = PASSWORD): Promise<void> {
    await this.page.goto(`${this.url}/login`);
    await this.tryLogin(user, password);
  }

  async tryLogin(user: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel("Name").fill(this.at.called(user));
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

  /** Starts an action with the form. `fields` has the values of number and text fields by their labels. */
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
  /** Users and settings of a server that the test has to itself. Without any, the test uses the shared server. */
  users: string[];
  settings: Record<string, string>;
  place: Place;
  server: Server;
  /** The name on the server of a user in the test. */
  called: (user: string) => string;
  browserOf: () => Promise<Browser>;
}

interface Shared {
  shared: { server: Server; tests: number };
}

/** The users that a test may use. On the shared server each `olga` is an operator. */
const USERS = ["alice", "bob", "olga"];
/** The most tests that one worker can run, because the shared server has this many users of each name. */
const TESTS = 200;

export const test = base.extend<Fixtures, Shared>({
  settings: [{}, { option: true }],
  users: [[], { option: true }],
  shared: [
    async ({}, use) => {
      const users = Array.from({ length: TESTS }, (_, test) => USERS.map((user) => `${user}-${test + 1}`)).flat();
      const server = await Server.start(users, {
        OPERATORS: users.filter((user) => user.startsWith("olga")).join(),
        // All tests come from one address: failed logins in one must not lock out the next.
        LOGIN_FAILURES_ADDRESS: "100000",
      });
      await use({ server, tests: 0 });
      await server.end();
    },
    { scope: "worker" },
  ],
  place: async ({ users, settings, shared }, use) => {
    if (users.length === 0 && Object.keys(settings).length === 0) {
      const test = (shared.tests += 1);
      if (test > TESTS) throw new Error(`there are users for ${TESTS} tests: raise TESTS in rig.ts`);
      await use({ server: shared.server, called: (user) => `${user}-${test}` });
      return;
    }
    const server = await Server.start(users.length > 0 ? users : USERS, settings);
    await use({ server, called: (user) => user });
    await server.end();
  },
  server: ({ place }, use) => use(place.server),
  called: ({ place }, use) => use(place.called),
  browserOf: async ({ browser, place, contextOptions }, use) => {
    const contexts: BrowserContext[] = [];
    const wrong: string[] = [];
    await use(async () => {
      const context = await browser.newContext(contextOptions);
      contexts.push(context);
      // Every breach of the policy and every error in the page fails the test.
      context.on("weberror", (error) => wrong.push(error.error().message));
      context.on("console", (message) => {
        if (/Content.Security.Policy|Trusted/i.test(message.text())) wrong.push(message.text());
      });
      return new Browser(context, place);
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(wrong).toEqual([]);
  },
});

/** Everything that the browser stores for the page, as text. */
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
