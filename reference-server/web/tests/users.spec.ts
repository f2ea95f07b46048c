// The guide's "Multi-User Test (Manual)": two browsers side by side, and each user sees only their own events.

import { expect, test } from "./rig";

test("alice and bob each see only their own events, also after a refresh", async ({ browserOf }) => {
  const alice = await (await browserOf()).login("alice");
  const bob = await (await browserOf()).login("bob");
  await alice.start("Countdown", { Text: "of alice", Steps: "1000" });
  await bob.start("Countdown", { Text: "of bob", Steps: "1000" });
  await alice.start("Popups", { Text: "of alice", Count: "3" });
  await bob.start("Reload", { Text: "of bob" });

  await expect(alice.page.getByRole("progressbar", { name: "countdown: of alice" })).toBeVisible();
  await expect(bob.page.getByRole("progressbar", { name: "countdown: of bob" })).toBeVisible();
  for (const [tab, name] of [[alice, "of alice"], [bob, "of bob"]] as const) {
    await tab.panel("Your actions").getByRole("button", { name: `Stop countdown: ${name}` }).click();
    await expect(tab.messages.getByText(`countdown: ${name} was stopped`)).toBeVisible();
  }
  await expect(alice.page.getByText("of bob")).toHaveCount(0);
  await expect(bob.page.getByText("of alice")).toHaveCount(0);

  const before = [await alice.texts(), await bob.texts()];
  for (const tab of [alice, bob]) {
    await tab.page.reload();
    await tab.connected();
  }
  await expect.poll(async () => [await alice.texts(), await bob.texts()]).toEqual(before);
  await expect(bob.panel("Parts that reload").getByText("reload: of bob")).toBeVisible();
  await expect(alice.page.getByText("of bob")).toHaveCount(0);
  await expect(bob.page.getByText("of alice")).toHaveCount(0);
});

test("no frame of a socket has a word of the other user", async ({ browserOf }) => {
  const [one, two] = [await browserOf(), await browserOf()];
  const frames: string[] = [];
  two.context.on("page", (page) =>
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(payload.toString()))),
  );
  const alice = await one.login("alice");
  const bob = await two.login("bob");
  await alice.start("Popups", { Text: "secretofalice", Count: "5" });
  await alice.start("Parallel", { Text: "secretofalice", Steps: "3" });
  await expect(alice.messages.getByText("secretofalice made 5 popups")).toBeVisible();
  await expect(alice.messages.getByText("secretofalice finished 3 children")).toBeVisible();
  await bob.start("Popups", { Text: "of bob", Count: "5" });
  await expect(bob.messages.getByText("of bob made 5 popups")).toBeVisible();
  expect(frames.some((frame) => frame.includes("of bob"))).toBe(true);
  expect(frames.filter((frame) => frame.includes("secretofalice"))).toEqual([]);
});
