// The baseline: passes the request to the upstream and the response back, byte for byte.

import http from 'node:http';
import { keepingAgent } from './connections.js';

const upstream = new URL(process.env.AZURE_OPENAI_ENDPOINT ?? '');
const agent = keepingAgent();

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') return void response.end();
  const { 'content-type': type, 'content-length': length } = request.headers;
  const forwarded = http.request(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      method: 'POST',
      path: request.url,
      headers: { 'Content-Type': type, 'Content-Length': length },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'Content-Type': answer.headers['content-type'] });
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    },
  );
  forwarded.on('error', () => response.destroy());
  response.on('close', () => forwarded.destroy());
  request.pipe(forwarded);
});
server.listen(Number(process.env.PORT), process.env.HOST);
