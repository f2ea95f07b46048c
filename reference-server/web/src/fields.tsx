// The fields of a form, each made from the server's schema.

import { Icon } from "./icons";
import { label, type Field } from "./schema";

/** What the user typed: a text for each field, or a list of texts for a list. Empty fields are not sent. */
export type Draft = Record<string, string | string[]>;

interface Props<F extends Field = Field> {
  field: F;
  id: string;
  value: string | string[] | undefined;
  set: (value: string | string[]) => void;
}

/** The parameters for the server. Empty fields are left out, so that the server's defaults apply. */
export function parameters(fields: readonly Field[], draft: Draft): Record<string, unknown> {
  const sent: Record<string, unknown> = {};
  for (const field of fields) {
    const value = draft[field.name];
    if (value === undefined || value.length === 0) continue;
    if (field.is === "number") sent[field.name] = Number(value);
    else if (field.is === "switch") sent[field.name] = value === "on";
    else sent[field.name] = value;
  }
  return sent;
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined || most === undefined) return "";
  return `${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
}

export function FieldInput(props: Props) {
  const { field, id } = props;
  if (field.is === "switch") return <Switch {...props} />;
  if (field.is === "list") return <List {...props} field={field} />;
  const limits = field.is === "number" ? range(field.least, field.most) : "";
  const hint = [field.hint, limits].filter(Boolean).join(" · ");
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      <Input {...props} />
      {hint !== "" && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

function Input({ field, id, value, set }: Props) {
  const text = typeof value === "string" ? value : "";
  const shared = {
    id,
    name: field.name,
    required: field.required,
    "aria-describedby": field.hint || field.is === "number" ? `${id}-hint` : undefined,
    onInput: (event: Event) => set((event.currentTarget as HTMLInputElement | HTMLSelectElement).value),
  };
  const fallback = field.fallback === undefined ? "" : String(field.fallback);
  if (field.is === "choice") {
    return (
      <select {...shared} value={text}>
        <option value="">{fallback ? `${label(fallback)} (default)` : "Default"}</option>
        {field.options.map((option) => (
          <option key={option} value={option}>
            {label(option)}
          </option>
        ))}
      </select>
    );
  }
  if (field.is === "number") {
    return (
      <input
        {...shared}
        type="number"
        inputMode="numeric"
        step="1"
        min={field.least}
        max={field.most}
        value={text}
        placeholder={fallback || "Default"}
      />
    );
  }
  const { least, most } = field as Extract<Field, { is: "text" }>;
  // `minLength` applies only to a text that was typed: an empty field is allowed.
  return <input {...shared} type="text" autocomplete="off" minLength={least} maxLength={most} value={text} placeholder={fallback} />;
}

function Switch({ field, id, value, set }: Props) {
  return (
    <div class="field">
      <label class="check" for={id}>
        <input
          id={id}
          type="checkbox"
          checked={value === "on"}
          aria-describedby={field.hint ? `${id}-hint` : undefined}
          onInput={(event) => set(event.currentTarget.checked ? "on" : "")}
        />
        {field.label}
      </label>
      {field.hint !== "" && (
        <p class="hint" id={`${id}-hint`}>
          {field.hint}
        </p>
      )}
    </div>
  );
}

function List({ field, id, value, set }: Props<Extract<Field, { is: "list" }>>) {
  const items = Array.isArray(value) ? value : [];
  const full = field.most !== undefined && items.length >= field.most;
  return (
    <fieldset class="field list">
      <legend>{field.label}</legend>
      {items.length > 0 && (
        <ol>
          {items.map((item, index) => (
            <li key={`${index}`}>
              <span>{label(item)}</span>
              <button
                type="button"
                class="quiet square"
                aria-label={`Remove ${label(item)}, number ${index + 1}`}
                onClick={() => set(items.filter((_, other) => other !== index))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ol>
      )}
      <div class="row">
        {field.options.map((option) => (
          <button key={option} id={`${id}-${option}`} type="button" class="small" disabled={full} onClick={() => set([...items, option])}>
            <Icon name="plus" /> {label(option)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
