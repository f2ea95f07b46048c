// Checks that everything in `dist`, compressed with brotli, fits into the page's budget, and that each compressed file
// matches its original. Exits with 1 if not. Argument: the budget in bytes, 60 KB by default.
import { readdirSync, readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const BUDGET = Number(process.argv[2] ?? 60 * 1024);

let names;
try {
  names = readdirSync("dist").filter((name) => name.endsWith(".br"));
} catch {
  names = [];
}
if (names.length === 0) {
  console.error("error: `dist` has no built files\n  fix: run `npm run build` first");
  process.exit(1);
}
let all = 0;
for (const name of names.sort()) {
  const original = readFileSync(`dist/${name.slice(0, -3)}`);
  const [br, gz] = [readFileSync(`dist/${name}`), readFileSync(`dist/${name.slice(0, -3)}.gz`)];
  if (!brotliDecompressSync(br).equals(original) || !gunzipSync(gz).equals(original)) {
    console.error(`error: ${name} or its .gz does not match the original file\n  fix: run \`npm run build\` again`);
    process.exit(1);
  }
  const size = br.length;
  all += size;
  console.log(`${String(size).padStart(7)}  ${name}`);
}
console.log(`${String(all).padStart(7)}  in all, of ${BUDGET}`);
process.exit(all < BUDGET ? 0 : 1);
