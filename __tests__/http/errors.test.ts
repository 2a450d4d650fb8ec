import Database from 'better-sqlite3';
import { ProviderError, ServiceError } from '../../src/errors.ts';
import { ask } from '../support/events.ts';
import { startService } from '../support/service.ts';

describe('errors', () => {
  it('[ERR-1] every thrown value becomes a ServiceError; a ServiceError stays the same', () => {
    const known = new ProviderError('rate_limited');
    expect(ServiceError.from(known)).toBe(known);
    expect(ServiceError.from(new TypeError('x is not a function'))).toMatchObject({
      status: 500,
      code: 'internal_error',
      retryable: false,
    });
    expect(ServiceError.from('just a text').toBody('id', true)).toEqual({
      error: { code: 'internal_error', message: 'just a text', requestId: 'id' },
    });
  });

  it.each([
    ['production', false],
    ['development', true],
  ] as const)('[ERR-2] in %s a 5xx tells of its reason: %s', async (environment, revealing) => {
    await using service = await startService({ config: { environment } });
    const database = new Database(service.databaseFile);
    database.exec(
      `CREATE TRIGGER broken BEFORE INSERT ON Chat BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END`,
    );
    database.close();
    const response = await ask(service.url, 'Hi');
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'storage_failed', requestId: response.headers.get('x-request-id') },
    });
    expect(text.includes('on fire')).toBe(revealing);
    expect(text).not.toMatch(/\n\s+at /);
    expect(service.simulator.requests).toHaveLength(0);
    expect(service.query('SELECT count(*) AS n FROM Message')).toEqual([{ n: 0 }]);
  });
});
