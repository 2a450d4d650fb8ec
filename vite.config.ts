import { defineConfig } from 'vite';

/** The page (src/web) into dist/web, beside the server that tsc builds. `npx vite` serves it with hot reload. */
export default defineConfig({
  root: 'src/web',
  // Deep links (/view/{chatId}) load the same HTML, so assets are named from the root.
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:3000',
      '/sharedb': { target: 'http://127.0.0.1:3000', ws: true },
    },
  },
});
