import type { RunDescription } from '../../../runs/store.ts';
import {
  type EncodableEvent,
  type Encoder,
  EVENT_STREAM,
  type WireProtocol,
} from '../../streaming/protocol.ts';

/**
 * The service's own protocol (rules SSE-1 to SSE-4, docs/protocol.md): each event is an `id:` line, with which a reader
 * can resume, and one JSON object in `data:`, with the type of the event in `type`.
 */
export const native: WireProtocol = {
  name: 'native',
  headers: () => EVENT_STREAM,
  encoder: ({ runId }: RunDescription): Encoder => ({
    encode: ({ event, position }) => nativeFrame(runId, position, json(event)),
  }),
};

/** `position`: that after the event. `data`: JSON. */
export function nativeFrame(runId: string, position: number, data: string): string {
  return `id: ${runId}:${position}\ndata: ${data}\n\n`;
}

/** Nearly all events are content and progress; concatenating them costs half of what JSON.stringify does. */
function json(event: EncodableEvent['event']): string {
  switch (event.type) {
    case 'content':
      return `{"type":"content","content":${JSON.stringify(event.content)},"chunkNumber":${event.chunkNumber}}`;
    case 'progress': {
      const { chunksReceived, contentLength, elapsedMs } = event;
      return `{"type":"progress","chunksReceived":${chunksReceived},"contentLength":${contentLength},"elapsedMs":${elapsedMs}}`;
    }
    default:
      return JSON.stringify(event);
  }
}
