// Which session this page is of: the one that rendered it. The cookie does not say that, because somebody else
// may have logged in with it since, in another tab.

let id = globalThis.document?.getElementById("page")?.dataset["session"] || undefined;

export function own(): string | undefined {
  return id;
}

/** A page whose server did not say it takes the session that it finds first. */
export function learn(found: string): void {
  id ??= found;
}

/** Says for whom a request is, so that the server refuses it where the cookie is another's. */
export function signed(): Record<string, string> {
  return id === undefined ? {} : { "X-Session": id };
}
