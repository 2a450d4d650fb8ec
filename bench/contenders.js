// The servers that are measured side by side.

import path from 'node:path';

/**
 * @typedef {object} Contender
 * @property {'pipe' | 'relay' | 'service'} name
 * @property {string[]} command program and arguments; the program must be Node
 * @property {string} path where to POST
 * @property {'azure' | 'native'} format what it speaks to clients
 * @property {NodeJS.ProcessEnv} [env] settings of its own
 */

export const AZURE_PATH = '/openai/deployments/bench/chat/completions?api-version=2024-10-21';

/**
 * @param {string[] | null} command of the service; null: the built server
 * @returns {Contender[]} the yardstick first: every other one is compared with it
 */
export function contenders(command) {
  /** @param {string} file */
  const beside = (file) => [process.execPath, path.join(import.meta.dirname, file)];
  return [
    { name: 'pipe', command: beside('pipe.js'), path: AZURE_PATH, format: 'azure' },
    { name: 'relay', command: beside('relay.js'), path: '/api/chat', format: 'native' },
    { name: 'service', command: command ?? beside('../dist/main.js'), path: '/api/chat', format: 'native' },
  ];
}
