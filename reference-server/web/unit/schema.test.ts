import { expect, test } from "vitest";
import { kinds, label, type OpenApi } from "../src/schema";

const api: OpenApi = {
  components: {
    schemas: {
      Kind: {
        oneOf: [
          {
            properties: {
              kind: { type: "string", enum: ["countdown"] },
              parameters: { $ref: "#/components/schemas/Countdown" },
            },
          },
          { properties: { kind: { type: "string", enum: ["no_more"] } } },
          { properties: {} },
        ],
      },
      Countdown: {
        type: "object",
        properties: {
          text: { type: "string", maxLength: 500 },
          steps: { type: "integer", minimum: 1, maximum: 1000, default: 5 },
          stubborn: { type: ["boolean", "null"], description: "It stays." },
          what: { allOf: [{ $ref: "#/components/schemas/What" }], default: "popup" },
          sequence: { type: "array", items: { $ref: "#/components/schemas/What" }, maxItems: 100 },
          other: { type: "object" },
        },
        required: ["what"],
      },
      What: { type: "string", enum: ["popup", "modal"] },
    },
  },
};

test("a form has the fields of the server's schema", () => {
  const [countdown, bare] = kinds(api);
  expect(bare).toEqual({ name: "no_more", label: "No more", hint: "", fields: [] });
  const shown = countdown?.fields.map((field) => {
    const options = "options" in field ? field.options.join("|") : "";
    const most = "most" in field ? field.most : "";
    return [field.is, field.name, options, most, field.fallback, field.required, field.hint].join(" ");
  });
  expect(shown).toEqual([
    "text text  500  false ",
    "number steps  1000 5 false ",
    "switch stubborn    false It stays.",
    "choice what popup|modal  popup true ",
    "list sequence popup|modal 100  false ",
  ]);
});

test("a label is readable", () => {
  expect(label("interval_ms")).toBe("Interval (ms)");
  expect(label("bad_message")).toBe("Bad message");
  expect(label("s")).toBe("S");
});
