import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const BEYOND_ASCII = /[\u0080-\uffff]/;

/**
 * The body of a response that consists of many small writes. `response.write` makes four of each (length, line end,
 * data, line end) and joins them again for one `writev`, which for a token costs more than all else; here the framing
 * of a chunk (RFC 9112, 7.1) is put around the text, and the socket gets one string. Where that is not possible
 * (HTTP/1.0, HEAD, a pipelined request whose turn has not come) it is `response.write` after all.
 */
export class EventBody {
  readonly #socket: Socket | null = null;
  #begun = false;

  /** `onDrain`: called when more may be written after `write` answered false. Never when the client has left. */
  constructor(
    private readonly response: ServerResponse,
    onDrain: () => void,
  ) {
    const { req, socket } = response;
    const direct = req.httpVersion === '1.1' && req.method !== 'HEAD';
    if (!direct || !socket) {
      response.on('drain', onDrain);
      return;
    }
    this.#socket = socket;
    socket.on('drain', onDrain);
    // The socket outlives the response: it is kept for the next request.
    response.once('close', () => socket.off('drain', onDrain));
  }

  /** Whether more may be written; if not, `onDrain` says when. */
  write(text: string): boolean {
    // The first write takes the headers along.
    if (!this.#socket || !this.#begun) {
      this.#begun = true;
      return this.response.write(text);
    }
    // ASCII, which most of it is, need not be counted and encoded.
    const plain = !BEYOND_ASCII.test(text);
    const length = plain ? text.length : Buffer.byteLength(text);
    return this.#socket.write(`${length.toString(16)}\r\n${text}\r\n`, plain ? 'latin1' : 'utf8');
  }

  end(): void {
    this.response.end();
  }
}
