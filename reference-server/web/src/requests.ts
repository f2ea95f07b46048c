// Requests to the server. What it refuses comes as an error with the server's own words.

import { signed } from "./own";

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Called when the server no longer knows who asks, or may take them for somebody else. */
let whenDoubted: () => unknown = () => {};

export function onDoubt(act: () => unknown): void {
  whenDoubted = act;
}

/** The server's JSON, or `Refused`; status 0 when it was not reached. */
export async function ask<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const request: RequestInit = { method, headers: { Accept: "application/json", ...(method === "GET" ? {} : signed()) }, cache: "no-store" };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { ...request.headers, "Content-Type": "application/json" };
  }
  let answer: Response;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Refused(0, "the server cannot be reached", "try again when the connection is back");
  }
  if (!answer.ok) throw refused(answer.status, await answer.text());
  return (await answer.json()) as T;
}

/** A refusal out of an answer's body, which need not be ours: a proxy may stand between. */
export function refused(status: number, body: string): Refused {
  // 409 has other reasons besides; who is asked again knows.
  if (status === 401 || status === 409) whenDoubted();
  try {
    const { error, fix } = JSON.parse(body) as { error?: string; fix?: string };
    if (error) return new Refused(status, error, fix ?? "");
  } catch {
    // Not JSON.
  }
  return new Refused(status, `the server answered ${status}`, "try again later");
}
