import type { IncomingMessage } from 'node:http';
import { jest } from '@jest/globals';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { FlowSeal } from '../../src/auth/oidc/flow-seal.ts';
import { RefusedSignIns } from '../../src/auth/sessions/refused-sign-ins.ts';

const HOUR_MS = 60 * 60 * 1000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A request from an address, of which nothing else is read. */
function from(remoteAddress: string): IncomingMessage {
  return { socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe('[AUTH-12] failed sign-ins', () => {
  it('are recorded once an hour for each address, and 100 times in all', async () => {
    const recorded: string[] = [];
    const audit = {
      record: async (...[, action, , how]: [unknown, string, string, string, unknown?]) =>
        void recorded.push(`${action} ${how}`),
    };
    const refused = new RefusedSignIns(audit, new ClientAddresses([]));
    for (let time = 0; time < 50; time++) await refused.record('key', from('192.0.2.1'));
    expect(recorded).toEqual(['session.refused key']);
    for (let host = 0; host < 250; host++) await refused.record('oidc', from(`198.51.100.${host}`));
    expect(recorded).toHaveLength(100);
    jest.advanceTimersByTime(HOUR_MS);
    await refused.record('key', from('192.0.2.1'));
    await refused.record('key', from('192.0.2.1'));
    expect(recorded).toHaveLength(101);
  });
});

describe('[AUTH-5] a sign-in that has begun', () => {
  const flow = { state: 's', nonce: 'n', verifier: 'v', returnPath: '/' };

  it('can be finished for ten minutes, by a server with the same secret', async () => {
    const sealed = await new FlowSeal('secret').seal(flow);
    expect(sealed).not.toContain(Buffer.from('"nonce"').toString('base64url'));
    jest.advanceTimersByTime(9 * 60_000);
    expect(await new FlowSeal('secret').open(sealed)).toMatchObject(flow);
    expect(await new FlowSeal('another').open(sealed)).toBeNull();
    expect(await new FlowSeal(null).open(sealed)).toBeNull();
    jest.advanceTimersByTime(60_001);
    expect(await new FlowSeal('secret').open(sealed)).toBeNull();
  });

  it.each(['', 'a.b.c', 'a'.repeat(5_000)])('is not a text of another form: %#', async (text) => {
    expect(await new FlowSeal('secret').open(text)).toBeNull();
  });
});
