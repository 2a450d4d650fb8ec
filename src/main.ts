#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { ConfigError, loadConfig } from './config.ts';
import { startServer } from './server.ts';
import { DatabaseError } from './store/database-error.ts';

// The main thread collects young objects by itself: helpers cost more than they help (decision 13).
setFlagsFromString('--no-parallel-scavenge');
// What each request runs through once is optimised after hundreds of requests, not thousands (decision 14).
setFlagsFromString('--interrupt-budget=40000');

try {
  const config = loadConfig();
  const server = await startServer(config);
  console.log(welcome(server.url, server.simulatorUrl !== null));

  let stopping = false;
  const stop = async () => {
    // A second signal means: at once.
    if (stopping) process.exit(1);
    stopping = true;
    await server.drain();
    await server[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof DatabaseError;
  console.error(expected ? error.message : error);
  process.exit(1);
}

function welcome(url: string, simulated: boolean): string {
  const answers = simulated
    ? 'the built-in simulator (no credentials are configured)'
    : 'the configured provider';
  return `
LLM Streaming Service on ${url}; answers come from ${answers}.
Try it in another terminal:

  curl -N ${url}/api/chat -H 'Content-Type: application/json' \\
    -d '{"messages":[{"role":"user","content":"What are you?"}]}'
`;
}
