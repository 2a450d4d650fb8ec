import type { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import type { Component } from './json0.ts';

/**
 * The declaration of a collection of documents: its name, what viewers may do, and hooks. Viewers may read every
 * registered collection; they may write only to one that has `viewerOps`.
 */
export interface Collection<Data = unknown, Checked = unknown> {
  /** ShareDB's clients write `connection.get(name, id)`. Contains no dot. */
  readonly name: string;
  /** What one of its documents is called in error messages. */
  readonly noun: string;
  readonly viewerOps?: ViewerOps<Data, Checked>;
  readonly serverOps?: ServerOps<Data>;
  /** What viewers may submit as presence in channels `{name}/…`. Default: `{name}`. */
  readonly presence?: PresenceFormat;
  /** Prefix of the `src` of this process' ops; viewers may not use it. */
  readonly reservedSource?: string;
  /** Whether a viewer may read a document, or change it. Absent: everybody may, as far as it takes viewers' ops. */
  permits?(principal: Principal, action: 'read' | 'write', id: string): Promise<boolean>;
  /** Updates a document before a viewer reads it. Never rejects. */
  prepare?(id: string): Promise<void>;
  /** The first viewer has subscribed to a document. */
  watched?(id: string): void;
  /** The last subscribed viewer has left. */
  unwatched?(id: string): void;
  /** An op was stored, and led to `data`. Not called for a deletion. Must not throw. */
  stored?(id: string, data: Data): void;
}

/** Validation of viewers' ops. `src/sharedb` transforms, applies and rate limits them. */
export interface ViewerOps<Data = unknown, Checked = unknown> {
  /** Validates what can be validated without the document. Throws ViewerError. */
  parse(op: unknown): Checked[];
  /** Validates one component against the document that it is about to change. Throws ViewerError. */
  checkComponent(component: Checked, data: Data): void;
  /** Validates what the whole op has led to, before it is stored. Throws ViewerError. */
  checkResult(id: string, op: readonly Checked[], data: Data): void;
}

/** Hooks around ops that this process submits itself. */
interface ServerOps<Data = unknown> {
  /** Components to append to an op because of what the document contains when it is applied. */
  fixup(op: readonly Component[], data: Data): Component[];
  /** Called before an op is stored. Throws to refuse it; `src`: the author of the op. */
  check(op: readonly Component[], data: Data, src: string): void;
}

export interface PresenceFormat {
  readonly schema: z.ZodType;
  /** Fields besides the name, as error messages for viewers list them. */
  readonly extra: string;
}
