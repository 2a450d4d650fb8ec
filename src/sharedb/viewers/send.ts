import type { Agent } from '../agent.ts';
import { ViewerStream } from '../sockets/viewer-stream.ts';
import type { CommittedOp } from '../storage/replay.ts';

/** Sends a viewer a message that ShareDB itself does not send. Undefined fields are left out of the JSON. */
export function send(agent: Agent, message: Record<string, unknown>): void {
  agent.send(message as Parameters<Agent['send']>[0]);
}

/** Sends ops of a document, in order, in ShareDB's form. Resolves when the viewer can take more. */
export async function sendOps(
  agent: Agent,
  collection: string,
  id: string,
  ops: readonly CommittedOp[],
): Promise<void> {
  for (const { v, src, seq, op, create, del } of ops) {
    send(agent, { a: 'op', c: collection, d: id, v, src, seq, op, create, del });
  }
  if (agent.stream instanceof ViewerStream) await agent.stream.drained();
}
