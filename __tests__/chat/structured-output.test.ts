import { validatorOf } from '../../src/providers/schemas/structured-output.ts';
import { turnsDuring } from '../support/event-loop-turns.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { anthropicWire } from '../support/fake-anthropic.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { startFake } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

const schema = {
  type: 'object',
  properties: { answer: { type: 'integer', minimum: 1 } },
  required: ['answer'],
  additionalProperties: false,
};

describe('[PROV-7] structured output', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  const answer = async (text: string, responseFormat: unknown = { type: 'json_schema', schema }) => {
    service.simulator.setBehaviour({ text, delayMs: 0, firstDelayMs: 0 });
    return terminalOf(await allEvents(ask(service.url, 'Hi', { options: { responseFormat } })));
  };
  const refusal = async (responseFormat: unknown, model?: string) => {
    const asked = service.simulator.requests.length;
    const runs = service.query('SELECT id FROM Run').length;
    const response = await ask(service.url, 'Hi', { ...(model && { model }), options: { responseFormat } });
    expect(response.status).toBe(400);
    expect(service.simulator.requests).toHaveLength(asked);
    expect(service.query('SELECT id FROM Run')).toHaveLength(runs);
    const body = (await response.json()) as { error: { message: string; details: Array<{ field: string }> } };
    return body.error;
  };

  it('asks the provider for it in its own way, and says that the answer fits', async () => {
    expect(await answer('{"answer": 42}')).toMatchObject({
      type: 'complete',
      valid: true,
      validationErrors: [],
    });
    expect(service.simulator.requests.at(-1)?.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema, strict: true },
    });
  });

  it('[RUN-2] says so again to whoever comes back later', async () => {
    service.simulator.setBehaviour({ text: '{}', delayMs: 0, firstDelayMs: 0 });
    const first = await allEvents(
      ask(service.url, 'Hi', { options: { responseFormat: { type: 'json_schema', schema } } }),
    );
    const start = first[0];
    if (start?.type !== 'start') throw new Error('no start');
    await service.restart();
    const again = await allEvents(fetch(`${service.url}/api/runs/${start.runId}/stream`));
    expect(terminalOf(again)).toEqual(terminalOf(first));
  });

  it.each([
    ['{"answer": 0}', '/answer must be >= 1'],
    ['{"answer": 1, "more": 2}', 'The answer must NOT have additional properties'],
    ['{}', "The answer must have required property 'answer'"],
    ['{"answer": 4', 'The answer is not JSON.'],
    ['Forty-two.', 'The answer is not JSON.'],
  ])('says what is wrong with %s', async (text, error) => {
    expect(await answer(text)).toMatchObject({ type: 'complete', valid: false, validationErrors: [error] });
  });

  it('has nothing to say where no schema was asked for', async () => {
    service.simulator.setBehaviour({ text: '{}', delayMs: 0, firstDelayMs: 0 });
    expect(terminalOf(await allEvents(ask(service.url, 'Hi')))).not.toHaveProperty('valid');
  });

  it.each(['weather', 'analysis'])('knows a schema called %s', async (name) => {
    service.simulator.setBehaviour({ delayMs: 0, firstDelayMs: 0 });
    for (const responseFormat of [
      { type: 'json_schema', schema: name },
      { type: 'json_schema', name },
    ]) {
      const events = await allEvents(ask(service.url, 'Hi', { options: { responseFormat } }));
      expect(terminalOf(events)).toMatchObject({ valid: true });
      expect(JSON.parse(textOf(events))).toBeInstanceOf(Object);
      expect(service.simulator.requests.at(-1)?.body.response_format).toMatchObject({
        json_schema: { name, strict: true },
      });
    }
  });

  it('sends as a wish what OpenAI would not take as strict', async () => {
    await answer('{}', {
      type: 'json_schema',
      schema: { type: 'object', properties: { a: { type: 'string' } } },
    });
    expect(service.simulator.requests.at(-1)?.body.response_format).toMatchObject({
      json_schema: { strict: false },
    });
  });

  it.each([
    [{ type: 'json_schema', schema: { type: 'nonsense' } }, 'is not a JSON schema'],
    [{ type: 'json_schema', schema: { type: 'string', pattern: '(' } }, 'is not a JSON schema'],
    [{ type: 'json_schema', schema: { $ref: 'https://example.com/schema' } }, 'is not a JSON schema'],
    [{ type: 'json_schema', schema: { enum: ['x'.repeat(70_000)] } }, 'must be at most 65536 characters'],
    [{ type: 'json_schema', schema: 'recipe' }, 'must be a JSON schema, or one of weather, analysis'],
    [{ type: 'json_schema' }, 'must be a JSON schema, or one of weather, analysis'],
    [{ type: 'json_object' }, 'options.responseFormat.type'],
    [
      { type: 'json_schema', schema: {}, strict: true },
      'options.responseFormat.strict: is not a known field',
    ],
  ])('refuses %j by name, before anything is stored', async (responseFormat, message) => {
    expect((await refusal(responseFormat)).message).toContain(message);
  });

  it('a malicious pattern stops itself, and neither the event loop nor the next check', async () => {
    const evil = { type: 'string', pattern: '^(a|a)*$' };
    const format = { type: 'json_schema' as const, name: 'x', schema: evil };
    const validators = [validatorOf(format), validatorOf(format)];
    const answer = JSON.stringify(`${'a'.repeat(60)}!`);
    const results = Promise.all(validators.map((validator) => validator.check(answer)));
    // In this thread it would be a few.
    expect(await turnsDuring(results)).toBeGreaterThan(100);
    expect(await results).toEqual(validators.map(() => ['The answer could not be checked in time.']));
    const simple = validatorOf({ ...format, schema: { type: 'string' } });
    await simple.ready();
    expect(await simple.check('"a"')).toEqual([]);
  });

  it.each([65, 1_000, 30_000])('refuses a schema of %i levels, in every protocol', async (levels) => {
    const deep = `${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`;
    const messages = '[{"role":"user","content":"Hi"}]';
    const runs = service.query('SELECT id FROM Run').length;
    const bodies = {
      '/api/chat': `{"messages":${messages},"options":{"responseFormat":{"type":"json_schema","schema":${deep}}}}`,
      '/v1/chat/completions': `{"messages":${messages},"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":${deep}}}}`,
    };
    for (const [path, body] of Object.entries(bodies)) {
      const response = await fetch(service.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `deep-${levels}-${path.length}` },
        body,
      });
      expect(response.status).toBe(400);
      expect((await response.text()).length).toBeLessThan(2_000);
    }
    expect(service.query('SELECT id FROM Run')).toHaveLength(runs);
  });

  it('takes a schema of 64 levels', async () => {
    let deep: Record<string, unknown> = {};
    for (let level = 1; level < 60; level += 1) deep = { not: deep };
    const result = await answer('{"answer": 1}', { type: 'json_schema', schema: { anyOf: [schema, deep] } });
    expect(result).toMatchObject({ type: 'complete', valid: true });
  });

  it('is refused by name where the model has none, and asked of Claude in its own way', async () => {
    await using router = await startFake(openaiWire());
    await using claude = await startFake(anthropicWire);
    claude.reply = { content: ['{"answer"', ': 7}'] };
    await using other = await startService({
      azure: null,
      config: {
        access: {
          openrouter: { apiKey: 'sk-or', baseUrl: router.url },
          anthropic: { apiKey: 'sk-ant', baseUrl: claude.url },
        },
      },
    });
    const options = { responseFormat: { type: 'json_schema', schema } };
    const refused = await ask(other.url, 'Hi', { model: 'openrouter/auto', options });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: {
        details: [{ field: 'options.responseFormat', message: 'openrouter/auto has no structured output' }],
      },
    });
    const events = await allEvents(ask(other.url, 'Hi', { model: 'claude-sonnet-5-5', options }));
    expect(terminalOf(events)).toMatchObject({ valid: true });
    expect(claude.requests[0]?.body.output_config).toMatchObject({ format: { type: 'json_schema', schema } });
  });
});
