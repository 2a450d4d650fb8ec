import { makeWorkspace } from '../support/editor.ts';
import { edit, reportOf } from '../support/edits.ts';
import { textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ azure: null });
});
afterAll(() => service[Symbol.asyncDispose]());

const FILES = {
  'app.js': 'const a = 1;\n',
  'page.html': '<!doctype html>\n<p>Hi</p>\n',
  'readme.md': '# Read\n\n```js\n1\n```\n',
  'data.json': '{"a": 1}\n',
};

describe('requests to the simulator to edit files', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['Say hello in app.js', { 'app.js': '// Simulated edit: Say hello in app.js\nconst a = 1;\n' }],
    ['Do something', { 'app.js': '// Simulated edit: Do something\nconst a = 1;\n' }],
    [
      'Make page.html nicer -->',
      { 'page.html': '<!doctype html>\n<!-- Simulated edit: Make page.html nicer -->\n<p>Hi</p>\n' },
    ],
    [
      'More in readme.md',
      { 'readme.md': '# Read\n\n```js\n1\n```\n\n> Simulated edit: More in readme.md\n' },
    ],
    ['Add b to data.json', { 'data.json': '{\n  "a": 1,\n  "Simulated edit": "Add b to data.json"\n}\n' }],
    ['Please remove app.js', { 'app.js': undefined }],
    ['Create src/new.css please', { 'src/new.css': '/* Simulated edit: Create src/new.css please */\n' }],
  ])('[PROV-9] [EDIT-2] changes a file, and says that no model did: %s', async (wish, changed) => {
    const { id } = await makeWorkspace(service.url, FILES);
    const events = await edit(service.url, id, `${wish} [[simulate: delay_ms=0]]`);
    expect(textOf(events)).toContain('built-in simulator');
    expect(reportOf(events)).toMatchObject({
      outcome: 'applied',
      files: [{ name: Object.keys(changed)[0] }],
    });
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    const files = Object.values(workspace.files as Record<string, { name: string; text: string }>);
    const now = Object.fromEntries(files.map(({ name, text }) => [name, text]));
    expect({ ...now, ...changed }).toEqual({ ...FILES, ...changed });
    for (const [name, text] of Object.entries(changed)) expect(now[name]).toBe(text);
  });

  it('[PROV-9] replace the comment of the last request', async () => {
    const { id } = await makeWorkspace(service.url, { 'app.js': 'const a = 1;\n' });
    for (const wish of ['One', 'Two']) await edit(service.url, id, `${wish} [[simulate: delay_ms=0]]`);
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    expect(Object.values(workspace.files)).toEqual([
      { name: 'app.js', text: '// Simulated edit: Two\nconst a = 1;\n' },
    ]);
  });

  it('[PROV-9] create a file if there is none', async () => {
    const { id } = await makeWorkspace(service.url, {});
    const events = await edit(service.url, id, 'Begin [[simulate: delay_ms=0]]');
    expect(reportOf(events)?.files).toMatchObject([{ name: 'notes.md', change: 'created' }]);
  });
});
