// Requests to the server. A refusal becomes an error with the server's own words.

import { signed } from "./own";

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Called when the server no longer knows the session, or may know it as another user's. */
let whenDoubted: () => unknown = () => {};

export function onDoubt(act: () => unknown): void {
  whenDoubted = act;
}

/** Returns the server's JSON or throws `Refusal`, with status 0 if the server was not reached. */
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
    throw new Refusal(0, "the server cannot be reached", "try again when the connection is back");
  }
  if (!answer.ok) throw refused(answer.status, await answer.text());
  return (await answer.json()) as T;
}

/** Reads a refusal from an answer's body. The body may not be our server's, but a proxy's. */
export function refused(status: number, body: string): Refusal {
  // 409 has other reasons too. The callback asks the server again, and so finds out.
  if (status === 401 || status === 409) whenDoubted();
  try {
    const { error, fix } = JSON.parse(body) as { error?: string; fix?: string };
    if (error) return new Refusal(status, error, fix ?? "");
  } catch {
    // Not JSON.
  }
  return new Refusal(status, `the server answered ${status}`, "try again later");
}
