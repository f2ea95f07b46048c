// The page of a logged-in user.

import { render } from "preact";
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { connect, connection } from "./connection";
import { Devices } from "./devices";
import { watchFocus } from "./focus";
import { Header, type PageUser } from "./header";
import { Logs } from "./logs";
import { Messages } from "./messages";
import { Modals } from "./modal";
import { live } from "./overlay";
import { Buttons, Parts } from "./parts";
import { leaving, readSessions, watchSession } from "./session";
import { Start } from "./start";
import { recallSession } from "./store";
import { Toasts } from "./toasts";
import { Upload } from "./upload";

function Page({ user, operator }: PageUser) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header user={user} operator={operator} />
      <main id="main" class="home" tabIndex={-1}>
        <h1 class="hidden">Actions of {user}</h1>
        <div class="column">
          <Start />
        </div>
        <div class="column work">
          <Actions />
          <Messages />
        </div>
        <div class="column">
          <Buttons />
          <Parts />
          <Upload />
        </div>
        <Logs />
      </main>
      <Modals />
      <Devices />
    </>
  );
}

/** Rendered separately, because it moves into whatever dialog is open. */
function LiveRegions() {
  return (
    <>
      <Announcer />
      <Toasts />
    </>
  );
}

/** Restores the stored state before it connects, so that the server sends only the rest. */
async function begin(): Promise<void> {
  watchSession();
  let session: string | undefined;
  while (session === undefined) {
    try {
      session = await readSessions();
    } catch {
      if (leaving.value) return;
      connection.value = "lost";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  await recallSession(session);
  connect();
}

const place = document.getElementById("page");
if (place) {
  const { user = "", operator } = place.dataset;
  place.replaceChildren();
  render(<Page user={user} operator={operator === "yes"} />, place);
  render(<LiveRegions />, live);
  watchFocus();
  void begin();
}
