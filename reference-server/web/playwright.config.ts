import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

/** The system's browser: `CHROMIUM`, or the first one on the PATH. */
export function chromium(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
  if (!found) throw new Error("no browser was found: install the package `chromium`, or set CHROMIUM to the path of one");
  return found;
}

export default defineConfig({
  testDir: "tests",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Far longer than any test takes, because the machine may be busy.
  timeout: 120_000,
  // PATIENCE shortens runs that are meant to fail.
  expect: { timeout: Number(process.env["PATIENCE"] ?? 30_000) },
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: chromium(),
      // Chromium's sandbox needs a user namespace, which root and containers do not have.
      chromiumSandbox: process.getuid?.() !== 0,
    },
    actionTimeout: 30_000,
    // After a failure, the trace shows the actions and requests. Pictures and snapshots would double the time of each
    // test: set TRACE=on to get them.
    trace: process.env["TRACE"] ? "on" : { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
});
