// The server's messages, as described in `scenarios/contract/asyncapi.yaml` and `/openapi.json`.

/** The second argument of each event. `queued_at` is in microseconds since 1970. */
export interface Meta {
  seq: number;
  action: string | null;
  queued_at: number;
}

export type Level = "success" | "info" | "warning" | "error" | "empty";

export interface LogLine {
  timestamp: string;
  level: string;
  file_line: string;
  message: string;
}

/** The first argument of each event, by the event's name. */
export interface Payloads {
  action_status: Record<string, [text: string, status: number, supplement: string]>;
  popup: Partial<Record<Level, string>>;
  result: { category: string; text: string };
  modal: { id: string; text: string };
  button: Record<string, [icon: string, text: string, style: string]>;
  reload: { id: string; content: string };
  disable_button: string[];
  enable_button: string[];
  threads: { name: string; state: number }[];
  log_update: { files: { name: string; entries: LogLine[] }[] };
}

export type EventName = keyof Payloads;

/** An event as the server keeps it: its name, its payload, and its number with the rest of `Meta`. */
export type ServerEvent = { [Name in EventName]: [Name, Payloads[Name], Meta] }[EventName];

export const EVENTS: readonly EventName[] = [
  "action_status",
  "popup",
  "result",
  "modal",
  "button",
  "reload",
  "disable_button",
  "enable_button",
  "threads",
  "log_update",
];

/** An action as `/api/actions` describes it. `progress` is a percentage, or -1 if it is unknown. */
export interface ActionDescription {
  id: string;
  kind: string;
  name: string;
  state: string;
  progress: number;
}

/** The answer to `resume`. `lost` is null if the number in the request is not from the server's present count. */
export interface ResumeAnswer {
  missed: ServerEvent[];
  complete: boolean;
  lost?: number | null;
}

/** One of the user's sessions. Times are in seconds since 1970. */
export interface Session {
  id: string;
  created: number;
  expires: number;
  current: boolean;
  /** The device that was used to log in, if the server knows it. */
  device?: string;
}
