// Viewers of live chats, with ShareDB's own client, and the delay of the text.

import { once } from 'node:events';
import { Connection } from 'sharedb/lib/client/index.js';
import { WebSocket } from 'ws';
import { readStamp, STAMP_WIDTH } from './answer.js';
import { now } from './clock.js';
import { Samples } from './samples.js';

/** @typedef {{ p: Array<string | number>, si?: string }} Component */

/** Some viewers, each of one chat. */
export class Viewers {
  #delays = new Samples();
  /** @type {WebSocket[]} */
  #sockets = [];

  /**
   * Resolves when the viewer is subscribed; the chat may begin later.
   * @param {number} port
   * @param {string} chatId
   */
  async add(port, chatId) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/sharedb`);
    this.#sockets.push(socket);
    const connection = new Connection(/** @type {any} */ (socket));
    await once(socket, 'open');
    const doc = connection.get('chats', chatId);
    doc.on('op batch', (components) => this.#take(components, now()));
    await new Promise((resolve, reject) =>
      doc.subscribe((error) => (error ? reject(error) : resolve(undefined))),
    );
  }

  /** From the upstream's write to the viewer's read. */
  get delays() {
    return this.#delays.spread();
  }

  close() {
    for (const socket of this.#sockets) socket.terminate();
  }

  /**
   * @param {readonly Component[]} components
   * @param {number} time
   */
  #take(components, time) {
    for (const { p: path, si: text = '' } of components) {
      if (path[2] !== 'content') continue;
      for (let from = 0; from + STAMP_WIDTH <= text.length; from += STAMP_WIDTH) {
        this.#delays.add(time - readStamp(text, from).time);
      }
    }
  }
}
