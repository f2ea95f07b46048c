// Takes a screenshot of each view, with a server of its own. Argument: the folder, `target/screenshots` by default.
//
// It runs as a Playwright test, to use the tests' rig, which starts servers and logs users in.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const folder = resolve(process.argv[2] ?? "../../target/screenshots");
const run = spawnSync("npx", ["playwright", "test", "--config", "screenshots.config.ts"], {
  stdio: "inherit",
  env: { ...process.env, SCREENSHOTS: folder },
});
process.exit(run.status ?? 1);
