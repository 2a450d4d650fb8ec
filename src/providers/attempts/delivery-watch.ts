import type { EmittedEvent, Sink } from '../../runs/producer.ts';
import { isTransient } from '../../wire/events.ts';

/**
 * A sink that records whether any text was delivered: after that no attempt may be repeated. Retry, breaker and
 * fallback share one instance, because each layer costs time for every token.
 */
export class DeliveryWatch implements Sink {
  #delivered = false;
  #onDelivery = () => {};

  private constructor(private readonly sink: Sink) {}

  static watch(sink: Sink): DeliveryWatch {
    return sink instanceof DeliveryWatch ? sink : new DeliveryWatch(sink);
  }

  get delivered(): boolean {
    return this.#delivered;
  }

  /** Replaces an earlier listener: only the last attempt of an answer delivers. */
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

  emit(event: EmittedEvent): void {
    if (!this.#delivered && !isTransient(event)) this.#deliver();
    this.sink.emit(event);
  }

  #deliver(): void {
    this.#delivered = true;
    this.#onDelivery();
  }
}
