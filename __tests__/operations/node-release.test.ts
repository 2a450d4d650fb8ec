import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { startSimulator } from '../../src/simulator/server.ts';

// The same checks on every release of Node: `npm run test:nodes` runs them on those that the machine does not have.
describe(`the server process on Node ${process.versions.node}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'node-release-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('[CONF-3] starts, streams, is resumed and stops without a word on stderr', async () => {
    await using simulator = await startSimulator();
    const options = { databaseFile: join(folder, 'chat.db'), simulatorUrl: simulator.url };
    const command = availableServer();
    await using server = await ServerProcess.start({ command, ...options });

    const answer = await ask(server.url, '[[simulate: tokens=40, delay_ms=1]]');
    const text = (await answer.text()).split('\n\n').filter((frame) => frame !== '');
    expect(text.at(-1)).toContain('"type":"complete"');

    // Several pieces are written at once to whoever comes back to an answer that is over.
    const run = answer.headers.get('x-run-id');
    const resumed = await fetch(`${server.url}/api/runs/${run}/stream`);
    expect(resumed.status).toBe(200);
    expect(await resumed.text()).toContain('"type":"complete"');

    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.errorOutput).toBe('');
  });
});

function ask(url: string, content: string): Promise<Response> {
  return fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content }] }),
  });
}
