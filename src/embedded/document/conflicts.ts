import { isObject, type SharedDoc } from './shared-doc.ts';

/** Whether ShareDB dropped an op, and others in flight, because the OT type cannot combine it with a concurrent op. */
export function isConflict(error: unknown): boolean {
  if (!isObject(error)) return false;
  const [code, message] = [Reflect.get(error, 'code'), Reflect.get(error, 'message')];
  return code === 'ERR_DOC_IN_HARD_ROLLBACK' || /write conflict/.test(String(message));
}

const expecting = new WeakSet<object>();

/**
 * ShareDB reports a conflict to the sender of the op and also as an `error` event of the connection, which ends a
 * process without a listener. After this call it no longer emits that event for conflicts; other errors are emitted as
 * before.
 */
export function expectConflicts(doc: SharedDoc): void {
  for (const emitter of [doc, Reflect.get(doc, 'connection')]) {
    if (!isEmitter(emitter) || expecting.has(emitter)) continue;
    expecting.add(emitter);
    emitter.on('error', (error) => {
      if (!isConflict(error) && emitter.listenerCount('error') === 1) throw error;
    });
  }
}

interface Emitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  listenerCount(event: 'error'): number;
}

function isEmitter(value: unknown): value is Emitter {
  return (
    isObject(value) && ['on', 'listenerCount'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
