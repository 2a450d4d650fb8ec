import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const BEYOND_ASCII = /[\u0080-\uffff]/;

/**
 * The body of a response that consists of many small writes. `response.write` splits each into four (length, line end,
 * data, line end) and joins them again for one `writev`, which for a token costs more than all the rest; here the chunk
 * framing (RFC 9112, 7.1) is added to the text, and the socket gets one string. Where that is not possible (HTTP/1.0,
 * HEAD, a pipelined request that has to wait) `response.write` is used; also while the response buffers anything, which
 * Node 26 does until the end of the turn of the event loop: bytes written past it would arrive first.
 */
export class EventBody {
  readonly #socket: Socket | null = null;
  #begun = false;

  /** `onDrain`: called when more may be written after `write` returned false. Not called once the client has left. */
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
    response.on('drain', onDrain);
    // The socket outlives the response: it is kept for the next request.
    response.once('close', () => socket.off('drain', onDrain));
  }

  /** Returns whether more may be written; if not, `onDrain` is called when it may. */
  write(text: string): boolean {
    const { response } = this;
    const socket = this.#socket;
    // The first write sends the headers as well. `writableLength` of a response includes what its socket buffers.
    if (!socket || !this.#begun || response.writableLength > socket.writableLength) {
      this.#begun = true;
      return response.write(text);
    }
    // ASCII, which most text is, need not be counted and encoded.
    const plain = !BEYOND_ASCII.test(text);
    const length = plain ? text.length : Buffer.byteLength(text);
    return socket.write(`${length.toString(16)}\r\n${text}\r\n`, plain ? 'latin1' : 'utf8');
  }

  end(): void {
    this.response.end();
  }
}
