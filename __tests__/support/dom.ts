import { JSDOM } from 'jsdom';

/**
 * A document for tests of components, in the same realm as everything else: fetch and streams stay Node's. Frameworks
 * may look for a document when they are loaded: import them afterwards, with `await import()` if they are CommonJS.
 */
const { window } = new JSDOM('<!doctype html><html lang="en"><body></body></html>', {
  url: 'http://127.0.0.1/',
  pretendToBeVisual: true,
});

const SHARED = [
  'document',
  'Node',
  'Element',
  'HTMLElement',
  'SVGElement',
  'MathMLElement',
  'MutationObserver',
];

for (const name of ['window', ...SHARED]) {
  const value: unknown = name === 'window' ? window : Reflect.get(window, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
// Node 21 and later have a navigator of their own; beside `window` and `document` the OpenAI SDK takes the process for
// a browser, in which it refuses to use a key.
Reflect.deleteProperty(globalThis, 'navigator');
