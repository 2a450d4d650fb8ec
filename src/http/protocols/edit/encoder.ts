import type { RunDescription } from '../../../runs/store.ts';
import {
  type EncodableEvent,
  type Encoder,
  EVENT_STREAM,
  type WireProtocol,
} from '../../streaming/protocol.ts';
import { native, nativeFrame } from '../native/encoder.ts';

/**
 * The native protocol with the event names of file editors (EDIT-3): text outside of files is `text_chunk`, and
 * messages about the edit, retries included, are `status_update`. Events of files have the same names in both.
 */
export const edit: WireProtocol = {
  name: 'edit',
  headers: () => EVENT_STREAM,
  encoder: (run: RunDescription, from: number): Encoder => {
    const plain = native.encoder(run, from);
    const frameOf = (data: object, position: number) =>
      nativeFrame(run.runId, position, JSON.stringify(data));
    return {
      encode(entry: EncodableEvent) {
        const { event, position } = entry;
        switch (event.type) {
          case 'content':
            return frameOf({ type: 'text_chunk', content: event.content }, position);
          case 'status':
            return frameOf({ type: 'status_update', status: event.message }, position);
          default:
            return plain.encode(entry);
        }
      },
    };
  },
};
