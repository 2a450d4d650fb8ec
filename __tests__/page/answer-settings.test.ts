import type { Browser } from 'playwright-core';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import {
  answerContains,
  answered,
  askIn,
  describeInBrowser,
  launch,
  openWindow,
  type Window,
} from '../support/browser.ts';
import { browserAndService } from '../support/browser-and-service.ts';
import { buildPage } from '../support/built-page.ts';
import { type Service, startService } from '../support/service.ts';

const dialogOf = ({ page }: Window) => page.getByRole('dialog', { name: 'How to answer' });

/** Opens the settings, changes something there, and closes them. */
async function setUp(window: Window, change: (dialog: ReturnType<typeof dialogOf>) => Promise<unknown>) {
  await window.page.getByRole('button', { name: 'Settings' }).click();
  const dialog = dialogOf(window);
  await change(dialog);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** What the settings say beside the question. */
const inEffect = ({ page }: Window) => page.locator('.settings-button .difference').allTextContents();

describeInBrowser('parameters', () => {
  let browser: Browser;
  let openai: Simulator;
  let service: Service;

  beforeAll(async () => {
    await buildPage();
    openai = await startSimulator({ script: { text: 'Answered.', delayMs: 0 } });
    [browser, service] = await Promise.all([
      launch(),
      startService({
        config: { access: { openai: { apiKey: 'sk-test', baseUrl: `${openai.url}/openai/v1` } } },
      }),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await service[Symbol.asyncDispose]();
    await openai[Symbol.asyncDispose]();
  });

  it('[PROV-3] each model gets what was set for it, 0 included, and its defaults for the rest', async () => {
    await using window = await openWindow(browser, service.url);
    const { page } = window;
    const model = page.getByRole('combobox', { name: 'Model' });
    await model.selectOption('gpt-4o');
    await setUp(window, async (dialog) => {
      const temperature = dialog.getByLabel('Temperature');
      expect(await temperature.getAttribute('placeholder')).toBe('0.7');
      await temperature.fill('0');
      await dialog.getByLabel('Longest answer').fill('300');
      await dialog.getByLabel('Stop at').fill('END\n\\n\\n');
    });
    expect(await inEffect(window)).toEqual(['temperature 0', 'up to 300 tokens', '2 stop']);
    await askIn(window, 'Precisely');
    await answered(window);
    expect(openai.requests.at(-1)?.body).toMatchObject({
      model: 'gpt-4o',
      temperature: 0,
      max_completion_tokens: 300,
      stop: ['END', '\n\n'],
    });

    await model.selectOption('gpt-4.1');
    expect(await inEffect(window)).toEqual([]);
    await page.getByRole('button', { name: 'Answer again' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.message.settled').length === 2);
    await answered(window);
    expect(openai.requests.at(-1)?.body).toMatchObject({ model: 'gpt-4.1', temperature: 0.7 });
    expect(openai.requests.at(-1)?.body).not.toHaveProperty('stop');

    await page.reload();
    await model.selectOption('gpt-4o');
    expect(await inEffect(window)).toEqual(['temperature 0', 'up to 300 tokens', '2 stop']);
    await page.getByRole('button', { name: 'Settings' }).click();
    expect(await dialogOf(window).getByLabel('Temperature').inputValue()).toBe('0');
    expect(await dialogOf(window).getByLabel('Stop at').inputValue()).toBe('END\n\\n\\n');
    await dialogOf(window).getByRole('button', { name: 'Back to the defaults' }).click();
    expect(await inEffect(window)).toEqual([]);
    expect(window.incidents).toEqual([]);
  });

  it('[PROV-3] a model that takes no temperature is not asked for one', async () => {
    await using window = await openWindow(browser, service.url);
    await setUp(window, async (dialog) => {
      await dialog.getByRole('combobox', { name: 'Model' }).selectOption('gpt-4o');
      await dialog.getByLabel('Temperature').fill('1.5');
      await dialog.getByRole('combobox', { name: 'Model' }).selectOption('gpt-5-mini');
      await dialog.getByText('gpt-5-mini takes no temperature, top P, and stop sequences.').waitFor();
      expect(await dialog.getByLabel('Temperature').count()).toBe(0);
      expect(await dialog.getByLabel('Stop at').count()).toBe(0);
      expect(await dialog.getByLabel('Longest answer').getAttribute('max')).toBe('128000');
      await dialog.getByLabel('Longest answer').fill('500');
    });
    expect(await inEffect(window)).toEqual(['up to 500 tokens']);
    await askIn(window, 'Think');
    await answered(window);
    const { body } = openai.requests.at(-1) ?? {};
    expect(body).toMatchObject({ model: 'gpt-5-mini', max_completion_tokens: 500 });
    expect(body).not.toHaveProperty('temperature');
    expect(window.incidents).toEqual([]);
  });

  it('[PROV-3] an invalid value is explained, and is not in effect', async () => {
    await using window = await openWindow(browser, service.url);
    await setUp(window, async (dialog) => {
      await dialog.getByRole('combobox', { name: 'Model' }).selectOption('gpt-4o');
      const temperature = dialog.getByLabel('Temperature');
      await temperature.fill('2.5');
      await dialog.getByText('A number from 0 to 2.', { exact: true }).waitFor();
      expect(await temperature.getAttribute('aria-invalid')).toBe('true');
      await dialog.getByLabel('Longest answer').fill('1.5');
      await dialog.getByText('A whole number from 1 to 16,384.').waitFor();
      await dialog.getByLabel('Stop at').fill('a\nb\nc\nd\ne');
      await dialog.getByText('At most 4 lines.').waitFor();
      await dialog.getByLabel('Top P').fill('0.5');
    });
    expect(await inEffect(window)).toEqual(['top P 0.5']);
    expect(window.incidents).toEqual([]);
  });

  it('[WEB-1] invalid values in the browser’s storage do no harm', async () => {
    await using window = await openWindow(browser, service.url);
    await window.page.evaluate(() => {
      localStorage.setItem('model', 'gone');
      localStorage.setItem(
        'parameters',
        '{"test-deployment": {"temperature": "hot", "topP": 0.5, "stop": [1]}}',
      );
      sessionStorage.setItem('output-format', '[');
    });
    await window.page.reload();
    await window.page.getByText('top P 0.5').waitFor();
    expect(await inEffect(window)).toEqual(['top P 0.5']);
    await askIn(window, 'Still there?');
    await answered(window);
    expect(service.simulator.requests.at(-1)?.body).toMatchObject({ top_p: 0.5 });
    expect(window.incidents).toEqual([]);
  });
});

describeInBrowser('structured output', () => {
  const fixture = browserAndService();

  const form = (window: Window) => dialogOf(window).getByRole('combobox', { name: 'Form' });
  const code = ({ page }: Window) => page.locator('.message.assistant:last-child pre').textContent();

  it.each([
    ['weather', 'windSpeed'],
    ['analysis', 'sentiment'],
  ])(
    '[PROV-7] asks for the %s schema, shows the answer with a line for each entry, and that it fits',
    async (name, field) => {
      fixture.service.simulator.setBehaviour({ delayMs: 0 });
      await using window = await openWindow(fixture.browser, fixture.service.url);
      await setUp(window, () => form(window).selectOption(name));
      expect(await inEffect(window)).toEqual([`JSON: ${name}`]);
      await askIn(window, 'As JSON, please');
      await window.page.getByText('Fits the schema.', { exact: true }).waitFor();
      const text = (await code(window)) ?? '';
      expect(text).toBe(JSON.stringify(JSON.parse(text), null, 2));
      expect(text).toContain(`\n  "${field}": `);
      // It goes with the window, and is gone with it.
      await window.page.reload();
      await answered(window);
      expect(await code(window)).toBe(text);
      expect(await inEffect(window)).toEqual([`JSON: ${name}`]);
      await using another = await openWindow(fixture.browser, window.page.url());
      await answered(another);
      expect(await inEffect(another)).toEqual([]);
      expect([...window.incidents, ...another.incidents]).toEqual([]);
    },
  );

  it('[PROV-7] says what does not fit a schema of one’s own, and shows the answer as it is', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await setUp(window, async (dialog) => {
      await form(window).selectOption('own');
      await dialog
        .getByLabel('JSON Schema')
        .fill('{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n", "m"]}');
    });
    fixture.service.simulator.setBehaviour({
      text: '{"n": 1.50, "<b>": "<img src=x onerror=alert(1)>"}',
      delayMs: 0,
    });
    await askIn(window, 'Numbers');
    await window.page.getByText('/n must be integer').waitFor();
    await window.page.getByText("The answer must have required property 'm'").waitFor();
    expect(await code(window)).toBe('{\n  "n": 1.50,\n  "<b>": "<img src=x onerror=alert(1)>"\n}');
    fixture.service.simulator.setBehaviour({ text: '{"n": 1, and so on', delayMs: 0 });
    await askIn(window, 'Broken');
    await window.page.getByText('The answer is not JSON.').waitFor();
    expect(await code(window)).toBe('{"n": 1, and so on');
    await window.screenshot('structured-invalid');
    expect(window.incidents).toEqual([]);
  });

  it('[PROV-7] a schema that is none is not in effect, and says so; one that the server refuses gives the question back', async () => {
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await setUp(window, async (dialog) => {
      await form(window).selectOption('own');
      await dialog.getByLabel('JSON Schema').fill('{"type": ');
      await dialog.getByText('Until this is a schema, answers are text.').waitFor();
    });
    expect(await inEffect(window)).toEqual([]);
    await setUp(window, (dialog) => dialog.getByLabel('JSON Schema').fill('{"type": "nonsense"}'));
    expect(await inEffect(window)).toEqual(['JSON: own']);
    await askIn(window, 'By no schema');
    await window.page.getByRole('alert').filter({ hasText: 'is not a JSON schema' }).waitFor();
    expect(await window.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('By no schema');
    expect(window.incidents).toEqual([]);
  });

  it('[PROV-7] is laid out while it is written', async () => {
    fixture.service.simulator.setBehaviour({
      chunks: ['{"list":', '[1,{},', '{"a":"x, [y]"', '},', '"and so on'],
      delayMs: 0,
      fault: { kind: 'stall', at: 5 },
    });
    await using window = await openWindow(fixture.browser, fixture.service.url);
    await askIn(window, 'Slowly');
    await answerContains(window, 'and so on');
    expect(await code(window)).toBe(
      '{\n  "list": [\n    1,\n    {},\n    {\n      "a": "x, [y]"\n    },\n    "and so on',
    );
    expect(window.incidents).toEqual([]);
  });
});
