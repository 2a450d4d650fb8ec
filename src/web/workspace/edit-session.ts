import type { Connection } from 'sharedb/lib/client';
import type { ChatClient, WorkspaceEdit } from '../../client/index.ts';
import { throttled } from '../../client/throttled.ts';
import { Conversation, type ConversationEvents } from '../conversation/conversation.ts';
import type { ShownMessage } from '../conversation/conversation-state.ts';
import { sentenceOf } from '../conversation/sentences.ts';
import { type Component, FollowedDocument } from '../live/followed-document.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';
import { Cell } from '../shell/store.ts';

/** What the model does for others is looked at this often at most, in ms. */
const LOOK_MS = 200;

/** An edit that was taken back shows at once, and again after this time in ms: when it showed it may not have been noted yet. */
const UNDO_MS = 3_000;

export interface EditSessionState {
  /** Newest first. */
  edits: readonly WorkspaceEdit[];
  /** The run that is being taken back now. */
  undoing: string | null;
  /** What has become of that, in a sentence. */
  said: string | null;
}

/**
 * The model as one more editor of a workspace: the chat in which it is asked, what it did, and the way back. Whoever is
 * here sees what others ask as well, while it is answered.
 */
export class EditSession {
  readonly state = new Cell<EditSessionState>({ edits: [], undoing: null, said: null });
  readonly conversation: Conversation;
  readonly #client: ChatClient;
  readonly #connection: Connection;
  readonly #workspaceId: string;
  readonly #lifetime = new AbortController();
  readonly #look = throttled(LOOK_MS, () => void this.#lookAgain());
  readonly #lookForUndo = throttled(UNDO_MS, () => void this.#loadEdits());
  #chat: FollowedDocument<unknown> | null = null;

  constructor(
    client: ChatClient,
    connection: Connection,
    workspaceId: string,
    settings: AnswerSettings,
    onEnd: ConversationEvents['onEnd'],
    onReturn: ConversationEvents['onReturn'],
  ) {
    this.#client = client;
    this.#connection = connection;
    this.#workspaceId = workspaceId;
    const events: ConversationEvents = {
      onReturn,
      onBegin: (chatId) => this.#followChat(chatId),
      onEnd: (...end) => {
        void this.#loadEdits();
        onEnd(...end);
      },
    };
    this.conversation = new Conversation(client, settings, events, {
      wholeRuns: true,
      ask: (_chatId, prompt, options) =>
        client.editFiles(workspaceId, { ...settings.generation(), prompt }, options),
    });
  }

  async open(): Promise<void> {
    await Promise.all([this.#openChat(), this.#loadEdits()]);
  }

  /** Somebody else changes something; `byModel`: an edit that was asked for here or elsewhere goes on, or is taken back. */
  notice(byModel: boolean): void {
    if (!byModel) return;
    this.#look.soon();
    if (this.state.value.edits.some(({ undoable }) => undoable)) this.#lookForUndo.soon();
  }

  /** After the server was away: nobody knows what has happened. */
  refresh(): void {
    this.#look.soon();
    void this.conversation.refresh();
  }

  async undo(runId: string): Promise<void> {
    this.state.update({ undoing: runId, said: null });
    try {
      const { files } = await this.#client.workspaces.undo(this.#workspaceId, runId);
      const names = new Intl.ListFormat('en').format(files);
      this.state.update({
        said: files.length === 0 ? 'There was nothing to take back.' : `Taken back: ${names}.`,
      });
    } catch (cause) {
      this.state.update({ said: sentenceOf(cause) });
    }
    this.state.update({ undoing: null });
    await this.#loadEdits();
  }

  dismiss(): void {
    this.state.update({ said: null });
  }

  /** The edit that an answer was; null: it was none, or that is not known. */
  editOf(message: ShownMessage): WorkspaceEdit | null {
    const { runId } = message;
    return (runId && this.state.value.edits.find((edit) => edit.runId === runId)) || null;
  }

  close(): void {
    this.#lifetime.abort();
    this.#look.cancel();
    this.#lookForUndo.cancel();
    this.#chat?.close();
    this.conversation.close();
  }

  async #lookAgain(): Promise<void> {
    if (this.conversation.state.value.chatId === null) await this.#openChat();
    await this.#loadEdits();
  }

  async #openChat(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      const { chatId } = await this.#client.workspaces.get(this.#workspaceId, { signal });
      if (chatId === null || signal.aborted || this.conversation.state.value.answering) return;
      this.#followChat(chatId);
      await this.conversation.open(chatId);
    } catch {
      // The document says the same: that it is missing, or that the server is.
    }
  }

  async #loadEdits(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      const edits = await this.#client.workspaces.edits(this.#workspaceId, { signal });
      if (!signal.aborted) this.state.update({ edits });
    } catch {
      // Without it nothing can be taken back from here; the next edit asks again.
    }
  }

  /** Not for its text, which the run has: for the moment at which somebody asks. */
  #followChat(chatId: string): void {
    this.#chat ??= new FollowedDocument<unknown>(this.#connection, 'chats', chatId, {
      onWhole: () => {},
      onOp: (_document, op) => {
        if (op.some(isTurn)) void this.conversation.refresh();
      },
      onProblem: () => {},
    });
  }
}

/** A run begins or ends, or a message comes or goes. */
function isTurn({ p }: Component): boolean {
  return p[0] === 'activeRunId' || (p[0] === 'messages' && p.length === 2);
}
