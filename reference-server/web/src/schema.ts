// Makes forms from `/openapi.json`: the server's kinds of actions, and the parameters of each. A new kind gets its form
// without a change here.

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

export interface OpenApi {
  components: { schemas: Record<string, Schema> };
}

interface Common {
  name: string;
  label: string;
  hint: string;
  required: boolean;
  /** The server's default for the field, if it names one. */
  fallback: unknown;
}

export type Field = Common &
  (
    | { is: "text"; least: number | undefined; most: number | undefined }
    | { is: "number"; least: number | undefined; most: number | undefined }
    | { is: "switch" }
    | { is: "choice"; options: string[] }
    | { is: "list"; options: string[]; most: number | undefined }
  );

export interface Kind {
  name: string;
  label: string;
  hint: string;
  fields: Field[];
}

/** `interval_ms` is "Interval (ms)". */
export function label(name: string): string {
  const words = name.split("_");
  const unit = words.length > 1 && ["ms", "s", "mb", "kb"].includes(words.at(-1) ?? "") ? words.pop() : undefined;
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1) + (unit ? ` (${unit})` : "");
}

export function kinds(api: OpenApi): Kind[] {
  const all = api.components.schemas;
  const found = whole(all["Kind"] ?? {}, all).oneOf ?? [];
  return found.flatMap((variant) => {
    const { kind, parameters } = variant.properties ?? {};
    const name = kind?.enum?.[0];
    if (typeof name !== "string") return [];
    const taken = whole(parameters ?? {}, all);
    const fields = Object.entries(taken.properties ?? {}).flatMap(([field, schema]) => {
      return read(field, whole(schema, all), taken.required?.includes(field) ?? false, all) ?? [];
    });
    return [{ name, label: label(name), hint: variant.description ?? "", fields }];
  });
}

/** Resolves a `$ref`, also one inside `allOf` or a `oneOf` with a single entry. */
function whole(schema: Schema, all: Record<string, Schema>): Schema {
  const parts = schema.allOf ?? (schema.oneOf?.length === 1 ? schema.oneOf : []);
  const named = schema.$ref ? all[schema.$ref.split("/").at(-1) ?? ""] : undefined;
  const { $ref: _, allOf: __, ...rest } = schema;
  return [named, ...parts].reduce<Schema>((sum, part) => (part ? { ...whole(part, all), ...sum } : sum), rest);
}

/** The field for a schema, or nothing if no form can show it. */
function read(name: string, schema: Schema, required: boolean, all: Record<string, Schema>): Field | undefined {
  const common = { name, label: label(name), hint: schema.description ?? "", required, fallback: schema.default };
  const options = strings(schema);
  if (options) return { ...common, is: "choice", options };
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  switch (type) {
    case "string":
      return { ...common, is: "text", least: schema.minLength, most: schema.maxLength };
    case "integer":
    case "number":
      return { ...common, is: "number", least: schema.minimum, most: schema.maximum };
    case "boolean":
      return { ...common, is: "switch" };
    case "array": {
      const options = strings(whole(schema.items ?? {}, all));
      return options && { ...common, is: "list", options, most: schema.maxItems };
    }
    default:
      return undefined;
  }
}

function strings(schema: Schema): string[] | undefined {
  const options = schema.enum?.filter((option) => typeof option === "string");
  return options?.length ? options : undefined;
}
