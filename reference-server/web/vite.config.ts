// Builds what the page's templates link: `dist/.vite/manifest.json` says under which hashed name.
//
// Each file gets a `.br` and a `.gz` beside it, because the server compresses nothing while it serves.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** The icon is linked by templates alone, so no source file would bring it into the manifest. */
function icon(): Plugin {
  return {
    name: "icon",
    apply: "build",
    buildStart() {
      const source = readFileSync("src/icon.svg");
      this.emitFile({ type: "asset", name: "icon.svg", originalFileName: "src/icon.svg", source });
    },
  };
}

/** The licences of what is built in ask to go wherever it goes. */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const folders = new Set<string>();
      for (const id of this.getModuleIds()) {
        const found = /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(id);
        if (found) folders.add(found[0]);
      }
      const texts = new Map<string, string[]>();
      for (const folder of [...folders].sort()) {
        const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Record<string, string>;
        const text = readFileSync(`${folder}/LICENSE`, "utf8").trim();
        texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
      }
      const source = [...texts].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`).join(`\n${"-".repeat(70)}\n\n`);
      this.emitFile({ type: "asset", name: "licences.txt", originalFileName: "licences.txt", source });
    },
  };
}

/** Runs last, so that it sees each file as it will be served. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (fileName.startsWith(".vite/")) continue;
        const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: brotliCompressSync(bytes, { params }) });
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(bytes, { level: 9 }) });
      }
    },
  };
}

export default defineConfig({
  base: "/static/",
  publicDir: false,
  plugins: [icon(), licences(), precompressed()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    manifest: true,
    // A polyfill and inlined files would need more than `'self'` of the policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    assetsDir: "",
    reportCompressedSize: false,
    rollupOptions: {
      input: ["src/main.tsx", "src/login.ts", "src/status.ts", "src/style.css"],
    },
  },
});
