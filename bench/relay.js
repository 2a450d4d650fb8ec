// The second baseline: a careful, simple implementation by hand. Parses every chunk of the upstream and
// sends the service's own events, one per token; no database, no resume, no checks, no log.

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { keepingAgent } from './connections.js';

const upstream = new URL(process.env.AZURE_OPENAI_ENDPOINT ?? '');
const agent = keepingAgent();

/**
 * @param {http.IncomingMessage} answer
 * @param {http.ServerResponse} response
 */
function relay(answer, response) {
  const runId = randomUUID();
  const startedAt = Date.now();
  let rest = '';
  let position = 0;
  let chunks = 0;
  let finishReason = 'stop';
  /** @type {unknown} */
  let usage = null;
  /** @param {object} event */
  const send = (event) => response.write(`id: ${runId}:${position}\ndata: ${JSON.stringify(event)}\n\n`);

  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
  });
  send({
    type: 'start',
    chatId: randomUUID(),
    runId,
    messageId: randomUUID(),
    model: 'bench',
    provider: 'azure',
  });
  answer.setEncoding('utf8');
  answer.on('data', (received) => {
    const events = (rest + received).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = event.slice('data: '.length);
      if (data === '[DONE]') {
        const finalContentLength = position++;
        send({
          type: 'complete',
          finishReason,
          totalChunks: chunks,
          finalContentLength,
          totalTime: Date.now() - startedAt,
          usage,
        });
        response.end();
        continue;
      }
      const chunk = JSON.parse(data);
      usage = chunk.usage ?? usage;
      const choice = chunk.choices[0];
      if (!choice) continue;
      finishReason = choice.finish_reason ?? finishReason;
      if (!choice.delta.content) continue;
      position += choice.delta.content.length;
      send({ type: 'content', content: choice.delta.content, chunkNumber: ++chunks });
    }
  });
  answer.on('error', () => response.destroy());
}

const server = http.createServer(async (request, response) => {
  if (request.method !== 'POST') return void response.end();
  const { messages } = JSON.parse(await text(request));
  const asked = http.request(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      method: 'POST',
      path: '/openai/deployments/bench/chat/completions',
      headers: { 'Content-Type': 'application/json' },
    },
    (answer) => relay(answer, response),
  );
  asked.on('error', () => response.destroy());
  response.on('close', () => asked.destroy());
  asked.end(JSON.stringify({ messages, stream: true, stream_options: { include_usage: true } }));
});
server.listen(Number(process.env.PORT), process.env.HOST);
