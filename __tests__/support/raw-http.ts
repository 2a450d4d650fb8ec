import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** Sends bytes as they are, and reads until the server closes; ask it to with `Connection: close`. */
export async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

/** One request, one answer. `head`: request line and headers, without `Host` and `Connection`, which are added. */
export async function raw(url: string, head: string, body = ''): Promise<RawResponse> {
  const { host } = new URL(url);
  const hasHost = /^host:/im.test(head);
  const lines = [head, ...(hasHost ? [] : [`Host: ${host}`]), 'Connection: close'];
  return parsed(await exchange(url, `${lines.join('\r\n')}\r\n\r\n${body}`));
}

export function parsed(text: string): RawResponse {
  // What is provisional comes before the answer (100 Continue).
  const final = text.replace(/^(HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)+/, '');
  const end = final.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = final.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: final.slice(end + 4) };
}
