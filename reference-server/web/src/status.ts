// Keeps the status page up to date: the server renders it once. Draws the last minutes of each number as a line.

interface Status {
  parts: Record<string, { ok: boolean; trouble?: string }>;
  [name: string]: unknown;
}

/** Milliseconds between two requests, and the most points in a line. */
const PERIOD = 2000;
const POINTS = 90;
/** Milliseconds that an answer may take. */
const PATIENCE = 10_000;
const SVG = "http://www.w3.org/2000/svg";

const past = new Map<string, number[]>();
const freshness = document.getElementById("freshness");

function line(values: readonly number[]): SVGSVGElement {
  const most = Math.max(1, ...values);
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * 100;
    return `${x.toFixed(1)},${(23 - (value / most) * 22).toFixed(1)}`;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(SVG, "polyline");
  drawn.setAttribute("points", points.join(" "));
  svg.append(drawn);
  return svg;
}

function show(status: Status): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-value]")) {
    const name = place.dataset["value"] ?? "";
    const value = status[name];
    if (typeof value !== "number" && typeof value !== "string") continue;
    place.textContent = typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 1 }) : value;
    const tile = place.closest(".tiles > div");
    if (!tile || typeof value !== "number") continue;
    const values = [...(past.get(name) ?? []), value].slice(-POINTS);
    past.set(name, values);
    tile.querySelector("svg")?.remove();
    if (values.length > 1) tile.append(line(values));
  }
  const parts = Object.entries(status.parts).map(([name, part]) => {
    const item = document.createElement("li");
    const badge = document.createElement("span");
    badge.className = `badge ${part.ok ? "done" : "failed"}`;
    badge.textContent = part.ok ? "well" : "in trouble";
    const trouble = document.createElement("span");
    trouble.className = "hint";
    trouble.textContent = part.trouble ?? "";
    item.append(badge, " ", name, " ", trouble);
    return item;
  });
  document.getElementById("parts")?.replaceChildren(...parts);
}

/** Shows whether the numbers are current. Changes the text only if it differs, so that it is not read out each time. */
function showFreshness(state: "live" | "lost", words: string): void {
  document.querySelector("main")?.classList.toggle("old", state === "lost");
  if (!freshness || freshness.textContent?.trim() === words) return;
  freshness.className = `state ${state}`;
  freshness.lastChild?.replaceWith(words);
}

/** The time of the numbers on the page, in words. */
let seen = "when the page was loaded";

async function look(): Promise<void> {
  try {
    // Without a timeout, a request that hangs would make old numbers look current.
    const answer = await fetch("/api/status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) return location.replace("/login?next=/status");
    if (answer.status === 404) return showFreshness("lost", `You are no longer an operator; the numbers are from ${seen}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    show((await answer.json()) as Status);
    seen = new Date().toLocaleTimeString();
    showFreshness("live", "Live");
  } catch {
    // Lines start again after the gap, because nothing is known about the time between.
    past.clear();
    showFreshness("lost", `The server does not answer; the numbers are from ${seen}`);
  }
  setTimeout(() => void look(), PERIOD);
}

void look();
