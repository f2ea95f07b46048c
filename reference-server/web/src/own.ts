// The session that this page belongs to: the one for which the server rendered it. The cookie may belong to another
// session by now, because another user may have logged in from another tab.

let id = globalThis.document?.getElementById("page")?.dataset["session"] || undefined;

export function own(): string | undefined {
  return id;
}

/** If the server did not name the session, the page uses the first one that it finds. */
export function learn(found: string): void {
  id ??= found;
}

/** Names the page's session in a request, so that the server refuses it if the cookie belongs to another session. */
export function signed(): Record<string, string> {
  return id === undefined ? {} : { "X-Session": id };
}
