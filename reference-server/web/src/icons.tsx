// Icons, drawn in the colour of the text. Each has a word beside it, or is in a button with a label.

const PATHS: Record<string, string> = {
  play: "M7 4.5v15l12-7.5z",
  stop: "M6 6h12v12H6z",
  close: "M6 6l12 12M18 6L6 18",
  success: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.5l2.8 2.8L16 9.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.5v.5",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.5",
  error: "M12 7v6M12 16.5v.5M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7z",
  empty: "M6 12h12",
  stopped: "M7 7h10v10H7z",
  upload: "M12 16V5M7 9.5L12 4.5l5 5M5 19.5h14",
  devices: "M3 5h12v9H3zM7 18h4M17 9h4v10h-4z",
  out: "M14 5h5v14h-5M4 12h10M10 8l4 4-4 4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  pulse: "M3 13h4l3-8 4 14 3-8h4",
  pause: "M8 5v14M16 5v14",
  search: "M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM20 20l-4.5-4.5",
  plus: "M12 5v14M5 12h14",
  other: "M12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
};

const FILLED = new Set(["play", "stop", "stopped"]);

export function Icon({ name }: { name: string }) {
  const path = Object.hasOwn(PATHS, name) ? PATHS[name] : PATHS["other"];
  return (
    <svg class={FILLED.has(name) ? "icon filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}
