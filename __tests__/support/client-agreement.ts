import type { ModelCard } from '../../src/chat/models.ts';
import type * as chats from '../../src/chat/store.ts';
import type * as client from '../../src/client/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type * as server from '../../src/runs/events.ts';

/** What JSON makes of a type. */
type Json<Type> = Type extends Date
  ? string
  : Type extends object
    ? { [Key in keyof Type]: Json<Type[Key]> }
    : Type;

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;
type Assert<_Holds extends true> = never;

/**
 * The client describes events, errors and messages once more, to import nothing of the server. The type check fails
 * here, with rule CLIENT-1, when the two descriptions come apart.
 */
export type Agreements = [
  Assert<Same<client.RunEvent, server.RunEvent>>,
  Assert<Same<client.TerminalEvent, server.TerminalEvent>>,
  Assert<Same<client.ErrorCode, ErrorCode>>,
  Assert<Same<client.StoredMessage, Json<chats.Message>>>,
  Assert<Same<client.ChatSummary, Json<chats.ChatSummary>>>,
  Assert<Json<ModelCard> extends client.Model ? true : false>,
];
