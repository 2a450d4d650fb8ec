import { setImmediate as nextTurn } from 'node:timers/promises';
import ShareDB from 'sharedb';
import { type Presence, PresenceChannels } from './presence-channels.ts';

type Callback = (error: null) => void;

type Data = Record<string, unknown>;

/** Told when a channel gets its first subscriber, and when it loses its last one. */
export interface ChannelObserver {
  watched(channel: string): void;
  unwatched(channel: string): void;
}

/** The prefix of the channels on which ShareDB publishes presences. */
const PRESENCE_PREFIX = '$presence.';

/** Subscribers that get a message in one turn of the event loop: an op may have hundreds of kilobytes. */
const SUBSCRIBERS_PER_TURN = 32;

/** Publishes within this process. Reports which documents have subscribers: only these need text while it streams. */
export class DocumentPubSub extends ShareDB.PubSub {
  readonly presences = new PresenceChannels((channel) => this.#subscribers(PRESENCE_PREFIX + channel));
  readonly #observer: ChannelObserver;
  /** Messages that wait until all subscribers of their channel have received the previous one. */
  readonly #waiting = new Map<string, Data[]>();

  constructor(observer: ChannelObserver) {
    super();
    this.#observer = observer;
  }

  protected override _subscribe(channel: string, callback: Callback): void {
    this.#observer.watched(channel);
    process.nextTick(callback, null);
  }

  protected override _unsubscribe(channel: string, callback: Callback): void {
    this.#observer.unwatched(channel);
    process.nextTick(callback, null);
  }

  protected override _publish(channels: string[], data: Data, callback: Callback): void {
    process.nextTick(() => {
      for (const channel of channels) {
        if (channel.startsWith(PRESENCE_PREFIX)) this.#publishPresence(data);
        else if (this.subscribed[channel]) this.#emit(channel, data);
      }
      callback(null);
    });
  }

  /** Requests for presences are not passed on: the replies of viewers are known. */
  #publishPresence(data: Data): void {
    if (isPresence(data)) this.presences.publish(data);
  }

  #emit(channel: string, data: Data): void {
    const waiting = this.#waiting.get(channel);
    if (waiting) waiting.push(data);
    else if (Object.keys(this.streams[channel] ?? {}).length <= SUBSCRIBERS_PER_TURN)
      this._emit(channel, data);
    else void this.#emitInTurns(channel, data);
  }

  async #emitInTurns(channel: string, data: Data): Promise<void> {
    const waiting = [data];
    this.#waiting.set(channel, waiting);
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      let sent = 0;
      for (const stream of Object.values(this.streams[channel] ?? {})) {
        stream.pushData(next);
        sent += 1;
        if (sent % SUBSCRIBERS_PER_TURN === 0) await nextTurn();
      }
    }
    this.#waiting.delete(channel);
  }

  *#subscribers(channel: string): Iterable<(presence: Presence) => void> {
    for (const stream of Object.values(this.streams[channel] ?? {})) {
      yield (presence) => stream.pushData(presence);
    }
  }
}

function isPresence(data: Data): data is Data & Presence {
  return !data.r && typeof data.ch === 'string' && typeof data.id === 'string' && typeof data.pv === 'number';
}
