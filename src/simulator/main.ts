import { parseArgs } from 'node:util';
import { startSimulator } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '4010' },
    host: { type: 'string', default: process.env.HOST ?? '127.0.0.1' },
    'api-key': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(
    'Usage: npm run simulator -- [--port 4010] [--host 127.0.0.1] [--api-key <the only key to accept>]',
  );
  process.exit(0);
}

const simulator = await startSimulator({
  port: Number(values.port),
  host: values.host,
  apiKey: values['api-key'] ?? null,
}).catch((error: unknown) => {
  console.error(`The simulator does not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});

console.log(`# The simulator serves Azure OpenAI's chat completions. To use it, set:
AZURE_OPENAI_ENDPOINT=${simulator.url}
AZURE_OPENAI_API_KEY=${values['api-key'] ?? 'simulator'}
AZURE_OPENAI_DEPLOYMENT_NAME=simulator`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator[Symbol.asyncDispose]());
}
