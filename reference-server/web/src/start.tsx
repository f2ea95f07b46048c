// The form that starts an action: the choice of a kind, and fields for its parameters.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { FieldInput, parameters, type Draft } from "./fields";
import { Icon } from "./icons";
import { readTab, writeTab } from "./memory";
import { ask, Refusal } from "./requests";
import { kinds, type Field, type Kind, type OpenApi } from "./schema";
import { startAction } from "./store";

/** The form's id, so that the page's buttons can submit it too. */
export const FORM = "start";

/** Kinds that do nothing useful. Testers use them to show that the server withstands them. */
const FOR_TESTERS = new Set(["flood", "bad_message", "fail"]);

const DRAFTS = "drafts";

interface Drafts {
  kind: string;
  of: Record<string, Draft>;
}

/** What the user typed. It survives a refresh of this tab. */
const drafts = signal<Drafts>(recalled());

function recalled(): Drafts {
  try {
    const kept = readTab(DRAFTS);
    if (kept) return JSON.parse(kept) as Drafts;
  } catch {
    // The stored text is not JSON: start with empty fields.
  }
  return { kind: "", of: {} };
}

function draft(changed: Partial<Drafts>): void {
  drafts.value = { ...drafts.value, ...changed };
  writeTab(DRAFTS, JSON.stringify(drafts.value));
}

export function Start() {
  const [all, setAll] = useState<Kind[]>([]);
  const [trouble, setTrouble] = useState("");
  const load = () => {
    ask<OpenApi>("GET", "/openapi.json").then(
      (api) => {
        setAll(kinds(api));
        setTrouble("");
      },
      (error: Error) => setTrouble(`The kinds of actions could not be loaded: ${error.message}.`),
    );
  };
  useEffect(load, []);
  const kind = all.find((one) => one.name === drafts.value.kind) ?? all[0];
  return (
    <section class="panel start" aria-labelledby="start-title">
      <h2 id="start-title">Start an action</h2>
      {trouble !== "" && (
        <p class="alert" role="alert">
          {trouble}{" "}
          <button type="button" class="small" onClick={load}>
            Try again
          </button>
        </p>
      )}
      {kind ? <Form all={all} kind={kind} /> : trouble === "" && <p class="hint">Loading the kinds of actions …</p>}
    </section>
  );
}

function Form({ all, kind }: { all: Kind[]; kind: Kind }) {
  const [refused, setRefused] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const typed = drafts.value.of[kind.name] ?? {};
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await startAction(kind.name, parameters(kind.fields, typed));
      setRefused(undefined);
    } catch (error) {
      setRefused(error instanceof Refusal ? error : new Refusal(0, String(error), ""));
    } finally {
      setBusy(false);
    }
  };
  const input = (field: Field) => (
    <FieldInput
      key={`${kind.name}.${field.name}`}
      field={field}
      id={`field-${field.name}`}
      value={typed[field.name]}
      set={(value) => draft({ of: { ...drafts.value.of, [kind.name]: { ...typed, [field.name]: value } } })}
    />
  );
  // The schema sorts the fields by name. Here long fields come first, and numbers and choices share lines.
  const isShort = (field: Field) => field.is === "number" || field.is === "choice";
  const short = kind.fields.filter(isShort);
  const long = kind.fields.filter((field) => !isShort(field)).sort((a, b) => rank(a) - rank(b));
  const usual = all.filter((one) => !FOR_TESTERS.has(one.name));
  const testers = all.filter((one) => FOR_TESTERS.has(one.name));
  return (
    <form id={FORM} onSubmit={submit}>
      <fieldset class="kinds">
        <legend>Kind</legend>
        <Choice kinds={usual} chosen={kind} />
        {testers.length > 0 && (
          <details open={testers.includes(kind)}>
            <summary>For testers</summary>
            <Choice kinds={testers} chosen={kind} />
          </details>
        )}
      </fieldset>
      {kind.hint !== "" && <p class="hint">{kind.hint}</p>}
      {long.map(input)}
      {short.length > 0 && <div class="short">{short.map(input)}</div>}
      {refused && (
        <p class="alert" role="alert">
          Not started: {refused.message}. {refused.fix && <span>To fix it, {refused.fix}.</span>}
        </p>
      )}
      <button class="primary wide" aria-disabled={busy}>
        <Icon name="play" /> Start {kind.label.toLowerCase()}
      </button>
    </form>
  );
}

/** The text names the action, so its field comes first. */
function rank({ name, is }: Field): number {
  return name === "text" ? 0 : is === "text" ? 1 : 2;
}

function Choice({ kinds, chosen }: { kinds: Kind[]; chosen: Kind }) {
  return (
    <div class="chips">
      {kinds.map((kind) => (
        <label key={kind.name}>
          <input
            type="radio"
            name="kind"
            value={kind.name}
            checked={kind === chosen}
            onInput={() => draft({ kind: kind.name })}
          />
          <span>{kind.label}</span>
        </label>
      ))}
    </div>
  );
}
