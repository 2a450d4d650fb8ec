import { azure } from './azure.ts';
import type { Provider } from './provider.ts';

/** The built-in simulator (PROV-9), which has Azure's API and answers for any model. */
export function simulated(endpoint: string): Provider {
  return azure(
    { endpoint, credential: 'the-simulator-takes-any-key', apiVersion: '2024-10-21' },
    'simulator',
  );
}
