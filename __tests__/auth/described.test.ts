import { z } from 'zod';
import { authenticatePeople } from '../support/people.ts';
import { startService } from '../support/service.ts';

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ 'x-needs': z.unknown(), security: z.array(z.record(z.string(), z.unknown())).optional() }),
    ),
  ),
  components: z.object({ securitySchemes: z.record(z.string(), z.unknown()).optional() }),
});

async function documentOf({ url }: { url: string }) {
  return documentSchema.parse(await (await fetch(`${url}/openapi.json`)).json());
}

describe('the OpenAPI document', () => {
  it('[AUTH-2] [WIRE-6] says which operations need which credentials, on a server that asks for them', async () => {
    await using service = await startService({ authenticate: authenticatePeople });
    const { paths, components } = await documentOf(service);
    expect(Object.keys(components.securitySchemes ?? {})).toEqual(['bearer', 'apiKey', 'session']);
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      const expected =
        operation['x-needs'] === 'public' ? [] : [{ bearer: [] }, { apiKey: [] }, { session: [] }];
      expect(operation.security).toEqual(expected);
    }
  });

  it('[WIRE-6] has no credentials on a server without authentication', async () => {
    await using service = await startService();
    const { paths, components } = await documentOf(service);
    expect(components.securitySchemes).toBeUndefined();
    expect(JSON.stringify(paths)).not.toContain('"security"');
  });
});
