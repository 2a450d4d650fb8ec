import ShareDB from 'sharedb';

type Callback = (error: null) => void;

/** Who hears of the first subscriber of a channel, and of the last one's leaving. */
export interface ChannelObserver {
  watched(channel: string): void;
  unwatched(channel: string): void;
}

/** Publishes within this process, and knows which channels somebody listens to: the only ones worth sending text to. */
export class WatchedPubSub extends ShareDB.PubSub {
  readonly #observer: ChannelObserver;

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

  protected override _publish(channels: string[], data: Record<string, unknown>, callback: Callback): void {
    process.nextTick(() => {
      for (const channel of channels) {
        if (this.subscribed[channel]) this._emit(channel, data);
      }
      callback(null);
    });
  }
}
