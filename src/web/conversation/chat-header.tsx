import { CopyButton } from '../shell/copy-button.tsx';
import type { Reachability } from '../shell/health.ts';
import { viewAddress } from './chat-options.tsx';
import type { Answerer } from './conversation-state.ts';

interface Props {
  title: string;
  /** Null: there is nothing to share or rename yet. */
  chatId: string | null;
  reachability: Reachability;
  answerer: Answerer | null;
  /** Whether the list of chats is open; on a phone it is a drawer. */
  drawer: boolean;
  onDrawer(): void;
  onOptions(chat: { id: string; title: string }): void;
}

/** What is shown, who answers, and the way to everything else. */
export function ChatHeader({ title, chatId, reachability, answerer, drawer, onDrawer, onOptions }: Props) {
  return (
    <header class="topbar">
      <button
        type="button"
        class="menu-button"
        aria-expanded={drawer}
        aria-controls="chats"
        onClick={onDrawer}
      >
        <span aria-hidden="true">☰</span>
        <span class="roomy">Chats</span>
      </button>
      <h1>{title}</h1>
      <Connection reachability={reachability} answerer={answerer} />
      {chatId !== null && (
        <>
          <CopyButton text={() => viewAddress(chatId)}>Copy link</CopyButton>
          <button
            type="button"
            class="quiet"
            aria-label="Options of this chat"
            onClick={() => onOptions({ id: chatId, title })}
          >
            ⋯
          </button>
        </>
      )}
    </header>
  );
}

/** Whether the server can be reached, and who answers there. */
function Connection({ reachability, answerer }: { reachability: Reachability; answerer: Answerer | null }) {
  const isLost = reachability === 'offline' || reachability === 'unreachable';
  const tone = isLost ? 'warn' : reachability === 'reachable' ? 'good' : '';
  return (
    <span class={`state ${tone}`}>
      <span class="roomy">{isLost || !answerer ? REACHABILITY[reachability] : nameOf(answerer)}</span>
    </span>
  );
}

const REACHABILITY: Record<Reachability, string> = {
  unknown: 'Connecting',
  reachable: 'Connected',
  unreachable: 'Not connected',
  offline: 'Offline',
};

function nameOf({ model, provider }: Answerer): string {
  return provider === 'simulator' ? 'Simulator' : `${model} · ${provider}`;
}
