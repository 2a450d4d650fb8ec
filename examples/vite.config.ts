import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (file: string) => fileURLToPath(new URL(`../src/client/${file}`, import.meta.url));

/**
 * Serves the examples from the sources of this repository, at the service's side: what is not an example is asked of
 * the service, so that everything has one origin. In an application of your own none of the aliases is needed.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../node_modules/.vite-examples', import.meta.url)),
  appType: 'mpa',
  resolve: {
    alias: {
      'llm-streaming-service/client': source('index.ts'),
      'llm-streaming-service/react': source('react.ts'),
      'llm-streaming-service/vue': source('vue.ts'),
      // The build of Vue that compiles templates when it runs.
      vue: 'vue/dist/vue.esm-bundler.js',
    },
  },
  server: {
    host: '127.0.0.1',
    // The service answers pages of its own origin only: it has to see the name by which the page was loaded.
    proxy: { '/api': { target: process.env.SERVICE ?? 'http://127.0.0.1:3000', changeOrigin: false } },
  },
});
