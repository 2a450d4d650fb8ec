import { buildPage } from '../support/built-page.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  await buildPage();
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe('the page as it is served', () => {
  it.each(['/', '/?chat=abc', '/view/abc-123', '/workspace', '/workspace/abc-123', '/admin/keys'])(
    '[WEB-1] %s is the page, revalidated each time',
    async (path) => {
      const response = await fetch(`${service.url}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<script type="module"');
      const etag = response.headers.get('etag') ?? '';
      const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
      const again = await fetch(`${service.url}${path}`, { headers });
      expect(again.status).toBe(304);
    },
  );

  it('[WEB-1] its policy allows what this origin serves, and nothing else', async () => {
    const { headers } = await fetch(service.url);
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    });
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('[WEB-1] assets are named by their content and kept for ever; nothing in the HTML names another origin', async () => {
    const html = await (await fetch(service.url)).text();
    const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names.filter((each) => !each.startsWith('/api/'))) {
      expect(name).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.(js|css|svg)$/);
      const { status, headers } = await fetch(`${service.url}${name}`);
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
  });

  it('[WEB-1] what a chat needs to load stays small', async () => {
    const html = await (await fetch(service.url)).text();
    const [script] = /\/assets\/[\w-]+\.js/.exec(html) ?? [];
    const entry = await (await fetch(`${service.url}${script}`)).text();
    const named = [...entry.matchAll(/assets\/[\w-]+\.js/g)].map(([name]) => `/${name}`);
    // The entry names all pages; what belongs to others alone is not loaded with these.
    const chunks = new Set([
      script,
      ...named.filter((name) => !/\/(admin-page|workspaces?-page)-/.test(name)),
    ]);
    const sizes = Array.from(
      chunks,
      async (name) => (await (await fetch(`${service.url}${name}`)).text()).length,
    );
    // The chat and its live view together, uncompressed.
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)).toBeLessThan(275_000);
  });

  it.each([
    ['POST', '/', 405, 'method_not_allowed'],
    ['GET', '/assets/nothing.js', 404, 'not_found'],
    ['GET', '/assets/%2e%2e/%2e%2e/package.json', 404, 'not_found'],
    ['GET', '/view/', 404, 'not_found'],
    ['GET', '/view/no%20chat', 400, 'invalid_request'],
  ])('[ERR-1] %s %s is %i in the one JSON shape', async (method, path, status, code) => {
    const response = await fetch(`${service.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });
});
