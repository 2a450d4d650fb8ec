import type { Answerer } from '../../client/index.ts';
import { CopyButton } from '../shell/copy-button.tsx';
import type { Reachability } from '../shell/server-monitor.ts';
import { viewAddress } from './chat-options.tsx';

interface Props {
  title: string;
  /** Null: a new chat, which cannot be shared or renamed yet. */
  chatId: string | null;
  reachability: Reachability;
  answerer: Answerer | null;
  /** Whether the list of chats is open; on a phone it is a drawer. */
  drawer: boolean;
  onDrawer(): void;
  onOptions(chat: { id: string; title: string }): void;
  /** Null: whoever has its address may see it anyway, so that is copied. */
  onShare: (() => void) | null;
}

/** Title, model and options of the chat. */
export function ChatHeader(props: Props) {
  const { title, chatId, reachability, answerer, drawer, onDrawer, onOptions, onShare } = props;
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
      <h1 dir="auto">{title}</h1>
      <Connection reachability={reachability} answerer={answerer} />
      {chatId !== null && (
        <>
          {onShare ? (
            <button type="button" class="quiet" onClick={onShare}>
              Share
            </button>
          ) : (
            <CopyButton text={() => viewAddress(chatId)}>Copy link</CopyButton>
          )}
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

/** Whether the server can be reached, and which model answers. */
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
