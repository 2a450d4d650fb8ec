import type { Sink } from '../runs/producer.ts';

/**
 * A sink that knows whether anything of the answer was delivered: from then on nothing may be repeated. All who want to
 * know share one, because each layer costs every token.
 */
export class FirstToken implements Sink {
  #delivered = false;
  #onDelivery = () => {};

  private constructor(private readonly sink: Sink) {}

  static watch(sink: Sink): FirstToken {
    return sink instanceof FirstToken ? sink : new FirstToken(sink);
  }

  get delivered(): boolean {
    return this.#delivered;
  }

  /** Takes the place of an earlier listener: of the attempts at an answer only the last one delivers. */
  onDelivery(listener: () => void): void {
    this.#onDelivery = listener;
  }

  content(text: string): void {
    if (!this.#delivered) this.#deliver();
    this.sink.content(text);
  }

  reasoning(text: string): void {
    if (!this.#delivered) this.#deliver();
    this.sink.reasoning(text);
  }

  redact(from: number, to: number): void {
    this.sink.redact(from, to);
  }

  status(remark: Parameters<Sink['status']>[0]): void {
    this.sink.status(remark);
  }

  #deliver(): void {
    this.#delivered = true;
    this.#onDelivery();
  }
}
