import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

/** The system's browser: `CHROMIUM`, or what stands on the path. */
export function chromium(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
  if (!found) throw new Error("there is no browser: install the package `chromium`, or name one in CHROMIUM");
  return found;
}

export default defineConfig({
  testDir: "tests",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Far more than anything here takes, for a machine that does something else besides.
  timeout: 120_000,
  // PATIENCE is for runs that are meant to fail.
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
      // Without a user namespace, as for root and in containers, Chromium's sandbox does not start.
      chromiumSandbox: process.getuid?.() !== 0,
    },
    actionTimeout: 30_000,
    // What was done and asked for, for a failure's sake. Pictures and the page's every state would cost each test
    // as much again: TRACE=on, for who looks into one.
    trace: process.env["TRACE"] ? "on" : { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
});
