// The status page shows what the server was when it was loaded. This keeps it fresh, with the last minutes as a line.

interface Status {
  parts: Record<string, { ok: boolean; trouble?: string }>;
  [name: string]: unknown;
}

/** Milliseconds between two looks, and how many of them a line has at most. */
const PERIOD = 2000;
const POINTS = 90;
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

/** Said when it changes, and not each time. */
function tell(state: "live" | "lost", words: string): void {
  if (!freshness || freshness.classList.contains(state)) return;
  freshness.className = `state ${state}`;
  freshness.lastChild?.replaceWith(words);
}

async function look(): Promise<void> {
  try {
    const answer = await fetch("/api/status", { cache: "no-store" });
    if (answer.status === 401 || answer.status === 404) return tell("lost", "You are not logged in as an operator");
    if (!answer.ok) throw new Error(`${answer.status}`);
    show((await answer.json()) as Status);
    tell("live", "Live");
  } catch {
    tell("lost", "The server does not answer");
  }
  setTimeout(() => void look(), PERIOD);
}

void look();
