import { createHash } from 'node:crypto';
import type { OpenApiDocument } from './document.ts';

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404b); --soft: light-dark(#f4f6f9, #20242c); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .5rem 1rem }
summary { cursor: pointer } summary code { font-weight: 600 } summary span { opacity: .75 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
pre { background: var(--soft); border-radius: .5rem; padding: .75rem; overflow: auto; max-height: 30rem }
nav a { margin-right: 1rem }
`;

/** Only its own style: no scripts, fonts, images, frames or forms. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The document as one HTML page, without scripts and without anything from other addresses. */
export function openapiPage({ info, tags, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...(operation as Described) })),
  );
  const sections = tags.map(
    ({ name }) =>
      `<section><h2 id="${text(name)}">${text(name)}</h2>${operations
        .filter((operation) => operation.tags[0] === name)
        .map(operationHtml)
        .join('')}</section>`,
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    fold(`<code>${text(name)}</code>`, json(schema), `schema-${name}`),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(info.title)}: HTTP API</title><style>${STYLE}</style></head>
<body><h1>${text(info.title)} <small>${text(info.version)}</small></h1>
<p>${text(info.description)} For tools: <a href="openapi.json">openapi.json</a>.</p>
<nav>${tags.map(({ name }) => `<a href="#${text(name)}">${text(name)}</a>`).join('')}<a href="#schemas">Schemas</a></nav>
<main>${sections.join('')}<section><h2 id="schemas">Schemas</h2>${schemas.join('')}</section></main>
</body></html>
`;
}

interface Described {
  tags: string[];
  summary: string;
  description?: string;
  'x-needs': 'public' | { action: string; resource: string };
  parameters: Array<{ name: string; in: string; required: boolean; description?: string; schema: unknown }>;
  requestBody?: {
    content: Record<string, { schema: unknown; examples: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}

function operationHtml(operation: Described & { path: string; method: string }): string {
  const { path, method, summary, description, parameters, requestBody, responses } = operation;
  const needs = operation['x-needs'];
  const head = `<code>${method.toUpperCase()} ${text(path)}</code> <span>${text(summary)}</span>`;
  const parts = description ? [`<p>${text(description)}</p>`] : [];
  if (needs !== 'public') parts.push(`<p>Needs: ${text(`${needs.action} ${needs.resource}`)}</p>`);
  if (parameters.length > 0) {
    parts.push(
      table(
        ['Parameter', 'In', 'What'],
        parameters.map((parameter) => [
          `<code>${text(parameter.name)}</code>${parameter.required ? ' (required)' : ''}`,
          parameter.in,
          `${text(parameter.description ?? '')} <code>${text(JSON.stringify(parameter.schema))}</code>`,
        ]),
      ),
    );
  }
  for (const { schema, examples } of Object.values(requestBody?.content ?? {})) {
    parts.push(`<p>Body: ${link(schema)}</p>`);
    for (const [name, { value }] of Object.entries(examples))
      parts.push(`<p>${text(name)}</p>${json(value)}`);
  }
  parts.push(
    table(
      ['Status', 'What', 'Body'],
      Object.entries(responses).map(([status, { description: what, content }]) => [
        text(status),
        text(what),
        Object.entries(content ?? {})
          .map(([type, { schema }]) => `${text(type)}: ${link(schema)}`)
          .join('<br>'),
      ]),
    ),
  );
  return fold(head, parts.join(''));
}

/** Links to the named schemas; a schema without a name is shown itself. */
function link(schema: unknown): string {
  const names = Array.from(
    JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g),
    ([, name = '']) => name,
  );
  if (names.length === 0) return `<code>${text(JSON.stringify(schema))}</code>`;
  return names.map((name) => `<a href="#schema-${name}">${name}</a>`).join(' or ');
}

function fold(head: string, body: string, id?: string): string {
  return `<details${id ? ` id="${text(id)}"` : ''}><summary>${head}</summary>${body}</details>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((each) => `<th>${each}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function json(value: unknown): string {
  return `<pre><code>${text(JSON.stringify(value, null, 2))}</code></pre>`;
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
