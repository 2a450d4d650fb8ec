#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// Young objects are collected without helper threads, which cost more CPU time than they save (decision 13).
setFlagsFromString('--no-parallel-scavenge');
// V8 11 (Node 20) optimizes code that runs once per request only after thousands of requests; later releases do so
// after hundreds, and do not have the flag (decision 14).
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=40000');

// Loaded here, because a command needs little of what a server needs.
const [command, ...words] = process.argv.slice(2);
if (command === 'keys') {
  const { keysCommand } = await import('./cli/keys.ts');
  process.exitCode = await keysCommand(words);
} else {
  const { serve } = await import('./serve.ts');
  await serve();
}
