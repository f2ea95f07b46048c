// The user's own actions: running ones, with progress and a stop button, and the last ones that ended.

import { computed } from "@preact/signals";
import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { say, state, stopAction } from "./store";
import { isRunning, type Action, type Step } from "./state";

const all = computed(() => [...state.value.actions.values()]);
const live = computed(() => all.value.filter(isRunning));
const ended = computed(() => all.value.filter((action) => !isRunning(action)).reverse());

/** Words for statuses that are not percentages. The contract defines the numbers. */
const WORDS: Record<number, string> = {
  100: "done",
  101: "failed",
  102: "note",
  103: "working",
  104: "hidden",
  105: "not applicable",
  106: "pending",
};
const HIDDEN = 104;
/** The most steps shown for one action. The rest are only counted. */
const MOST = 6;

export function Actions() {
  return (
    <section class="panel actions" aria-labelledby="actions-title">
      <h2 id="actions-title">
        Your actions <span class="count">{live.value.length} running</span>
      </h2>
      {live.value.length === 0 && <p class="nothing">None of your actions is running.</p>}
      <ul class="cards">
        {live.value.map((action) => (
          <Running key={action.id} action={action} />
        ))}
      </ul>
      {ended.value.length > 0 && (
        <>
          <h3>Ended</h3>
          <ul class="ended">
            {ended.value.map((action) => (
              <li key={action.id}>
                <span class={`badge ${action.state}`}>{action.state}</span>
                <span class="name">{action.name || action.outcome}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Running({ action }: { action: Action }) {
  const [stopping, setStopping] = useState(false);
  const name = action.name || "An action";
  const stop = async () => {
    if (stopping) return;
    setStopping(true);
    try {
      await stopAction(action.id);
    } catch (error) {
      setStopping(false);
      say("error", `${name} was not stopped: ${(error as Error).message}`);
    }
  };
  const steps = [...action.steps].filter(([, step]) => step.status !== HIDDEN);
  steps.sort(([one], [other]) => one.localeCompare(other, undefined, { numeric: true }));
  return (
    <li class="card">
      <div class="head">
        <h3>{name}</h3>
        <span class="number">{action.progress < 0 ? "running" : `${action.progress} %`}</span>
        <button type="button" class="small" aria-disabled={stopping} onClick={stop} aria-label={`Stop ${name}`}>
          <Icon name="stop" /> {stopping ? "Stopping" : "Stop"}
        </button>
      </div>
      <Bar value={action.progress} name={name} />
      <ul class="steps">
        {steps.slice(0, MOST).map(([category, step]) => (
          <StepLine key={category} category={category} step={step} of={action.name} alone={steps.length === 1} />
        ))}
      </ul>
      {steps.length > MOST && <p class="hint">and {steps.length - MOST} more</p>}
    </li>
  );
}

/** A value outside 0 to 100 means that the progress is unknown. */
function Bar({ value, name }: { value: number; name: string }) {
  if (value < 0 || value > 100) return <progress key="unknown" aria-label={`Progress of ${name}`} />;
  return <progress key="known" max="100" value={value} aria-label={`Progress of ${name}`} />;
}

function StepLine({ category, step, of, alone }: { category: string; step: Step; of: string; alone: boolean }) {
  // The action's name is already above.
  const text = of !== "" && step.text.startsWith(`${of} `) ? step.text.slice(of.length + 1) : step.text;
  const word = WORDS[step.status] ?? `${step.status} %`;
  return (
    <li>
      <span class="category">{category}</span>
      <span class="text">
        {text}
        {step.supplement !== "" && ` · ${step.supplement}`}
      </span>
      <span class={`number ${word}`}>{word}</span>
      {!alone && step.status <= 100 && <Bar value={step.status} name={category} />}
    </li>
  );
}
