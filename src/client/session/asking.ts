import type { BeginOptions, ChatClient } from '../client.ts';
import type { RunHandle } from '../run/run-handle.ts';
import type { SessionRequest } from './session-options.ts';

interface Target {
  client: ChatClient;
  /** Null: a new chat. */
  chatId: string | null;
  workspaceId: string | undefined;
  mustExist: boolean;
}

/** Sends a question: to a chat, or to the model that edits a workspace. */
export function beginRun(
  { client, chatId, workspaceId, mustExist }: Target,
  content: string,
  { systemPrompt, ...request }: SessionRequest,
  options: BeginOptions,
): RunHandle {
  const chat = chatId === null ? {} : { chatId, ...(mustExist ? { mustExist } : {}) };
  if (workspaceId !== undefined) {
    return client.editFiles(workspaceId, { ...request, ...chat, prompt: content }, options);
  }
  const system = systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }];
  const messages = [...system, { role: 'user' as const, content }];
  return client.send({ ...request, ...chat, messages }, options);
}
