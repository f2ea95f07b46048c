// The AsyncAPI project's own parser reads the file. Prints one line for each complaint; none: it is well.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const { Parser } = require("@asyncapi/parser");

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const { code, path, message } of diagnostics) console.log(`${code} ${path.join(".")}: ${message}`);
if (!document) console.log("no document");
