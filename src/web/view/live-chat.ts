import type { Connection, Doc } from 'sharedb/lib/client';
import { FollowedDocument } from '../live/followed-document.ts';
import { Cell } from '../shell/store.ts';

/** A message in the document `chats/{chatId}`. */
interface LiveMessage {
  id: string;
  role: 'user' | 'assistant';
  status: 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';
  content: string;
  reasoning?: string;
  /** Why its run ended; only when it has. */
  cause?: string;
  /** What it did to the files of a workspace; only where it did something. */
  edits?: unknown;
}

export interface LiveDocument {
  id: string;
  title: string;
  status: string;
  activeRunId: string | null;
  messages: LiveMessage[];
  updatedAt: string;
}

export interface LiveChatState {
  /** `loading`: not known yet; `missing`: it does not exist, or was deleted. */
  document: LiveDocument | 'loading' | 'missing';
  /** Why the document is not up to date, although the server can be reached. */
  problem: string | null;
}

/** A chat as a live document, for viewers. */
export class LiveChat {
  readonly state = new Cell<LiveChatState>({ document: 'loading', problem: null });
  readonly #followed: FollowedDocument<LiveDocument>;

  constructor(connection: Connection, chatId: string) {
    const show = (document: Doc<LiveDocument>) =>
      this.state.update({ document: copyOf(document), problem: null });
    this.#followed = new FollowedDocument(connection, 'chats', chatId, {
      onWhole: show,
      onOp: show,
      onProblem: (problem) => this.state.update({ problem }),
    });
  }

  close(): void {
    this.#followed.close();
  }
}

/** ShareDB changes its data in place; rendered data must not change. */
function copyOf({ type, data }: Doc<LiveDocument>): LiveDocument | 'missing' {
  if (!type) return 'missing';
  return { ...data, messages: data.messages.map((message) => ({ ...message })) };
}
