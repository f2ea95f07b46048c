// The page of who is logged in.

import { render } from "preact";
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { connect, connection } from "./connection";
import { Devices } from "./devices";
import { watchFocus } from "./focus";
import { Header, type Who } from "./header";
import { Logs } from "./logs";
import { Messages } from "./messages";
import { Modals } from "./modal";
import { live } from "./overlay";
import { Buttons, Parts } from "./parts";
import { leaving, look, watchSession } from "./session";
import { Start } from "./start";
import { recallSession } from "./store";
import { Toasts } from "./toasts";
import { Upload } from "./upload";

function Page({ user, operator }: Who) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header user={user} operator={operator} />
      <main id="main" class="home" tabIndex={-1}>
        <h1 class="hidden">What {user} runs</h1>
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

/** Stands for itself, because it goes into whatever dialog is open. */
function Heard() {
  return (
    <>
      <Announcer />
      <Toasts />
    </>
  );
}

/** What was kept comes first, so that the server is asked only for the rest. */
async function begin(): Promise<void> {
  watchSession();
  let session: string | undefined;
  while (session === undefined) {
    try {
      session = await look();
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
  render(<Heard />, live);
  watchFocus();
  void begin();
}
