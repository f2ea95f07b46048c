// The status page shows what the server was when it was loaded. This keeps it fresh, with the last minutes as a line.

interface Status {
  parts: Record<string, { ok: boolean; trouble?: string }>;
  [name: string]: unknown;
}

/** Milliseconds between two looks, and how many of them a line has at most. */
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

/** Said when it changes, and not each time. Numbers that are not of now are marked as such. */
function tell(state: "live" | "lost", words: string): void {
  document.querySelector("main")?.classList.toggle("old", state === "lost");
  if (!freshness || freshness.textContent?.trim() === words) return;
  freshness.className = `state ${state}`;
  freshness.lastChild?.replaceWith(words);
}

/** When the numbers were the server's, in words. */
let seen = "when the page was loaded";

async function look(): Promise<void> {
  try {
    // One that hangs would leave old numbers standing as if they were of now.
    const answer = await fetch("/api/status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) return location.replace("/login?next=/status");
    if (answer.status === 404) return tell("lost", `You are not an operator any more; the numbers are from ${seen}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    show((await answer.json()) as Status);
    seen = new Date().toLocaleTimeString();
    tell("live", "Live");
  } catch {
    // A line that goes on after the gap as if there had been none would say what nobody saw.
    past.clear();
    tell("lost", `The server does not answer; the numbers are from ${seen}`);
  }
  setTimeout(() => void look(), PERIOD);
}

void look();
