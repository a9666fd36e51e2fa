import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { firstLoad } from "./build/first-load.ts";
import { precompressed } from "./build/precompressed.ts";

const SERVER = process.env.STARWHALE_SERVER ?? "http://127.0.0.1:8082";

export default defineConfig({
  plugins: [react(), firstLoad({ largest: 300_000 }), precompressed()],
  // The server writes a new one into each answer; see src/starwhale/server/console.py.
  html: { cspNonce: "STARWHALE_NONCE" },
  build: {
    outDir: "../src/starwhale/server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
    // What nearly every page needs of libraries comes in one piece: in many small ones it packs far worse.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "common", test: /node_modules/, minShareCount: 32 }] } },
    },
  },
  server: { proxy: { "/api": SERVER, "/cli-login": SERVER } },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"], environment: "node" },
});
