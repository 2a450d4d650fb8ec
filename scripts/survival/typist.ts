import { once } from 'node:events';
import { WebSocket } from 'ws';

interface Workspace {
  id: string;
  files: Record<string, unknown>;
}

const PASTED = 'x'.repeat(60_000);

/** Pastes a long text into the first file and deletes it, repeatedly; then requests all ops from the beginning. */
export async function typeAndDelete(url: string, { id, files }: Workspace, ops: number): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sharedb`);
  await once(socket, 'open');
  const [fileId = ''] = Object.keys(files);
  const document = { c: 'workspaces', d: id };
  const path = ['files', fileId, 'text', 0];
  let fail: (cause: Error) => void = () => {};
  socket.on('close', () => fail(new Error('the connection was closed')));
  const answerTo = async (message: object, isAnswer: (answer: Record<string, unknown>) => boolean) => {
    const answered = new Promise<Record<string, unknown>>((resolve, reject) => {
      const hear = (data: { toString(): string }) => {
        const answer: Record<string, unknown> = JSON.parse(data.toString());
        if (!isAnswer(answer)) return;
        socket.off('message', hear);
        resolve(answer);
      };
      socket.on('message', hear);
      fail = reject;
    });
    socket.send(JSON.stringify(message));
    return answered;
  };
  try {
    await answerTo({ a: 'hs', id: null }, ({ a }) => a === 'hs');
    const subscribed = await answerTo(
      { a: 's', ...document },
      ({ a, error }) => a === 's' || error !== undefined,
    );
    let version = Number(Object(subscribed.data).v ?? 1);
    for (let seq = 1; seq <= ops; seq += 1) {
      const op = [seq % 2 === 1 ? { p: path, si: PASTED } : { p: path, sd: PASTED }];
      const answer = await answerTo(
        { a: 'op', ...document, v: version, seq, x: {}, op },
        ({ a, error }) => a === 'op' || error !== undefined,
      );
      // A server may say that it was enough; what it has is asked for all the same.
      if (answer.error) break;
      version = Number(answer.v) + 1;
    }
    await answerTo({ a: 'f', ...document, v: 1 }, ({ a, error }) => a === 'f' || error !== undefined);
  } finally {
    socket.terminate();
  }
}
