import type { RunDescription } from '../runs/store.ts';
import { native, nativeFrame } from './native.ts';
import { type EncodableEvent, type Encoder, EVENT_STREAM, type WireProtocol } from './protocol.ts';

/**
 * The native protocol in the words of editors of files (EDIT-3): the prose comes as `text_chunk`, and whatever is to be
 * said beside it, a retry too, as `status_update`. What happens to files has the same words in both.
 */
export const edit: WireProtocol = {
  name: 'edit',
  headers: () => EVENT_STREAM,
  encoder: (run: RunDescription, from: number): Encoder => {
    const plain = native.encoder(run, from);
    const said = (data: object, position: number) => nativeFrame(run.runId, position, JSON.stringify(data));
    return {
      encode(entry: EncodableEvent) {
        const { event, position } = entry;
        switch (event.type) {
          case 'content':
            return said({ type: 'text_chunk', content: event.content }, position);
          case 'status':
            return said({ type: 'status_update', status: event.message }, position);
          default:
            return plain.encode(entry);
        }
      },
    };
  },
};
