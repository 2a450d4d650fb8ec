/** Values that are short, but expensive to parse or validate, as JSON. `size`: of how many elements. */
export const HOSTILE_VALUES: ReadonlyArray<[what: string, json: (size: number) => string]> = [
  ['numbers', (size) => `[${'0,'.repeat(size)}0]`],
  ['empty objects', (size) => `[${'{},'.repeat(size)}{}]`],
  ['nulls and lists', (size) => `[${'null,[],'.repeat(size / 2)}0]`],
  ['wrong messages', (size) => `[${'{"role":7,"x":1},'.repeat(size / 3)}{}]`],
  ['wrong parts', (size) => `[${'{"type":"image"},'.repeat(size / 2)}{}]`],
  ['keys', (size) => `{${Array.from({ length: size }, (_, index) => `"k${index}":0`).join(',')}}`],
  [
    'long keys',
    (size) =>
      `{${Array.from({ length: size / 20_000 }, (_, index) => `"${index}${'k'.repeat(20_000)}":0`).join(',')}}`,
  ],
  ['depth', (size) => `${'['.repeat(size)}${']'.repeat(size)}`],
];

/** Places for such a value in a body. */
export const PLACES: ReadonlyArray<[where: string, body: (json: string) => string]> = [
  ['the body', (json) => json],
  ['messages', (json) => `{"messages":${json}}`],
  ['messages of useChat', (json) => `{"trigger":"submit-message","messages":${json}}`],
  ['parts', (json) => `{"message":{"role":"user","parts":${json}}}`],
  ['content', (json) => `{"messages":[{"role":"user","content":${json}}]}`],
  ['a message', (json) => `{"messages":[{"role":"user","content":" ","x":${json}}]}`],
  ['options', (json) => `{"messages":[],"options":${json}}`],
  ['stop', (json) => `{"messages":[],"stop":${json},"options":{"stop":${json}}}`],
  ['a schema', (json) => `{"options":{"responseFormat":{"type":"json_schema","schema":${json}}}}`],
  [
    'a schema of OpenAI',
    (json) => `{"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":${json}}}}`,
  ],
  ['files', (json) => `{"files":${json},"name":${json}}`],
];

/** Every route that accepts JSON. */
export const DOORS: ReadonlyArray<[method: string, path: string]> = [
  ['POST', '/api/chat'],
  ['POST', '/v1/chat/completions'],
  ['POST', '/api/v1/llm/complete'],
  ['PATCH', '/api/chat/none'],
  ['POST', '/api/chat/none/edit'],
  ['POST', '/api/chat/none/regenerate'],
  ['POST', '/api/workspaces'],
  ['PATCH', '/api/workspaces/none'],
  ['POST', '/api/workspaces/none/edit'],
  ['POST', '/api/workspaces/none/undo'],
];
