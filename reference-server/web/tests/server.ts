// Starts and ends a server: the binary, with a folder, users and settings of its own.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const BINARY = resolve(here, process.env["REFERENCE_SERVER"] ?? "../../../target/debug/reference-server");

export const PASSWORD = "a long enough password";

export class Server {
  private constructor(
    private child: ChildProcess,
    readonly url: string,
    private readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(users: string[], settings: Record<string, string> = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "page-"));
    const all = {
      SECRET_KEY: "0123456789abcdef0123456789abcdef",
      USERS_FILE: join(folder, "users"),
      SESSION_FILE_DIR: join(folder, "sessions"),
      ...settings,
    };
    const added = spawnSync(BINARY, ["user", "add", "--cost", "minimal", "--", ...users], {
      env: { PATH: process.env["PATH"], USERS_FILE: all.USERS_FILE },
      input: `${PASSWORD}\n`.repeat(users.length),
      encoding: "utf8",
    });
    if (added.status !== 0) throw new Error(`users were not added by ${BINARY}: ${added.error ?? added.stderr}`);
    const [child, url] = await launch(folder, all, "127.0.0.1:0");
    return new Server(child, url, folder, all);
  }

  /** Ends the server at once, like a crash. */
  async kill(): Promise<void> {
    await end(this.child);
  }

  /** Starts the server again at the same address, with its old folder. */
  async startAgain(): Promise<void> {
    [this.child] = await launch(this.folder, this.settings, this.url.replace("http://", ""));
  }

  async end(): Promise<void> {
    await end(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function launch(folder: string, settings: Record<string, string>, bind: string): Promise<[ChildProcess, string]> {
  // FAULT opens a leak on purpose, to show that these tests find it.
  const fault = process.env["FAULT"];
  const leak = fault ? ["--fault", fault] : [];
  const child = spawn(BINARY, ["serve", "--until-stdin-closes", ...leak], {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...settings, BIND: bind },
    // Its standard input closes when this process ends, even if it is killed.
    stdio: ["pipe", "pipe", openSync(join(folder, "stderr"), "a")],
  });
  if (!child.stdout) throw new Error("no pipe");
  for await (const line of createInterface(child.stdout)) {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (!url) continue;
    const ready = await fetch(`${url}/ready`);
    if (ready.ok) return [child, url];
    throw new Error(`the server is not ready: ${await ready.text()}`);
  }
  throw new Error(`${BINARY} ended before it was listening`);
}
