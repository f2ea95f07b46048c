// What actions change on the page: buttons, and parts that are replaced.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import { sanitised } from "./sanitised";
import { FORM } from "./start";
import { state } from "./store";

/** Styles that a button may have; any other is the plain one. */
const STYLES = new Set(["primary", "success", "warning", "danger", "info"]);

export function Buttons() {
  return (
    <section class="panel buttons" aria-labelledby="buttons-title">
      <h2 id="buttons-title">Buttons</h2>
      <p class="hint">Actions change these, and enable or disable them. Each starts what the form says.</p>
      <div class="row">
        {[...state.value.buttons].map(([id, button]) => (
          <button
            key={id}
            form={FORM}
            data-button={id}
            class={STYLES.has(button.style) ? button.style : "secondary"}
            disabled={!button.enabled}
          >
            <Icon name={button.icon} /> {button.text}
          </button>
        ))}
      </div>
    </section>
  );
}

export function Parts() {
  const parts = [...state.value.parts];
  return (
    <section class="panel" aria-labelledby="parts-title">
      <h2 id="parts-title">Parts that reload</h2>
      {parts.length === 0 && <p class="nothing">No action has loaded a part yet.</p>}
      {parts.map(([id, content]) => (
        <Part key={id} id={id} content={content} />
      ))}
    </section>
  );
}

function Part({ id, content }: { id: string; content: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.replaceChildren(sanitised(content)), [content]);
  return <div ref={place} class="part" data-part={id} />;
}
