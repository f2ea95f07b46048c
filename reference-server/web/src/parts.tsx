// What actions can change on the page: buttons, and parts that they replace.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import { sanitised } from "./sanitised";
import { FORM } from "./start";
import { state } from "./store";

/** The styles that a button may have. Any other style becomes the plain one. */
const STYLES = new Set(["primary", "success", "warning", "danger", "info"]);

export function Buttons() {
  return (
    <section class="panel buttons" aria-labelledby="buttons-title">
      <h2 id="buttons-title">Buttons</h2>
      <p class="hint">Actions can change, enable or disable these buttons. Each button starts the action in the form.</p>
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
      {parts.length === 0 && <p class="nothing">No action has reloaded a part yet.</p>}
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
