import type { Connection } from 'sharedb/lib/client';
import type { ChatClient, ChatMessage, WorkspaceEdit } from '../../client/index.ts';
import { throttled } from '../../client/throttle.ts';
import { Conversation, type ConversationEvents } from '../conversation/conversation.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { type Component, FollowedDocument } from '../live/followed-document.ts';
import type { AnswerSettings } from '../settings/answer-settings.ts';
import { Cell } from '../shell/store.ts';

/** While the model edits for other windows, edits are loaded at most this often, in ms. */
const LOOK_MS = 200;

/** An undo elsewhere is seen before it is stored: edits are loaded again after this time, in ms. */
const UNDO_MS = 3_000;

export interface WorkspaceChatState {
  /** Newest first. */
  edits: readonly WorkspaceEdit[];
  /** The run whose edit is being undone. */
  undoing: string | null;
  /** The result of the last undo, in a sentence. */
  said: string | null;
}

/**
 * The chat of a workspace, in which the model is asked for edits, the edits, and their undo. A window also shows what
 * is asked in other windows.
 */
export class WorkspaceChat {
  readonly state = new Cell<WorkspaceChatState>({ edits: [], undoing: null, said: null });
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
    events: Omit<ConversationEvents, 'onBegin'>,
  ) {
    this.#client = client;
    this.#connection = connection;
    this.#workspaceId = workspaceId;
    const own: ConversationEvents = {
      ...events,
      onBegin: (chatId) => this.#followChat(chatId),
      onEnd: (...end) => {
        void this.#loadEdits();
        events.onEnd(...end);
      },
    };
    this.conversation = new Conversation(client, settings, own, workspaceId);
  }

  async open(): Promise<void> {
    await Promise.all([this.#openChat(), this.#loadEdits()]);
  }

  /** Something was changed elsewhere; `byModel`: by an edit of the model, or its undo. */
  notice(byModel: boolean): void {
    if (!byModel) return;
    this.#look.soon();
    if (this.state.value.edits.some(({ undoable }) => undoable)) this.#lookForUndo.soon();
  }

  /** Loads everything again after the server was unreachable. */
  refresh(): void {
    this.#look.soon();
    void this.conversation.returned();
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

  /** The edit of an answer; null: there is none, or it is not known. */
  editOf(message: ChatMessage): WorkspaceEdit | null {
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
      this.conversation.open(chatId);
    } catch {
      // The workspace's document reports the same failure.
    }
  }

  async #loadEdits(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      const edits = await this.#client.workspaces.edits(this.#workspaceId, { signal });
      if (!signal.aborted) this.state.update({ edits });
    } catch {
      // Without the list nothing can be undone here; it is loaded again after the next edit.
    }
  }

  /** Watches the chat's live document for questions of other windows; the text comes from the run. */
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

/** A run began or ended, or a message was added or removed. */
function isTurn({ p }: Component): boolean {
  return p[0] === 'activeRunId' || (p[0] === 'messages' && p.length === 2);
}
