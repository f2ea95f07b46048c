// Builds the files that the server's templates link. `dist/.vite/manifest.json` has their hashed names.
//
// Each file gets a `.br` and a `.gz` beside it, because the server does not compress while it serves.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Adds the icon to the manifest: only templates link it, so no source file would. */
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

/** Adds the licences of the packages that are built in, which must go wherever the code goes. */
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

/** Compresses each file. Runs last, so that it sees the files as they will be served. */
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
    // A polyfill or inlined files would need more than `'self'` in the content security policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    assetsDir: "",
    reportCompressedSize: false,
    rollupOptions: {
      input: ["src/main.tsx", "src/login.ts", "src/status.ts", "src/style.css"],
    },
  },
});
