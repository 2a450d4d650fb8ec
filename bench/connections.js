// All processes of the benchmark keep all connections between requests. Node's default would keep 256 of a wave and
// open the others again, and a busy process accepts one new connection per turn of its event loop (libuv since 1.45):
// the second half of each wave of 500 then started a second or two after the first.

import http from 'node:http';

export const keepingAgent = () =>
  new http.Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY });
