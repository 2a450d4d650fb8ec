import { render } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import './styles/base.css';
import './styles/layout.css';
import './styles/messages.css';
import './styles/markdown.css';

// Two pages that have little in common: whoever chats does not load ShareDB.
const ChatPage = lazy(async () => (await import('./conversation/chat-page.tsx')).ChatPage);
const ViewPage = lazy(async () => (await import('./view/view-page.tsx')).ViewPage);

const viewed = /^\/view\/([\w-]{1,128})\/?$/.exec(location.pathname)?.[1];
const page = document.getElementById('page');
if (page) {
  const draw = () =>
    render(<Suspense fallback={null}>{viewed ? <ViewPage chatId={viewed} /> : <ChatPage />}</Suspense>, page);
  draw();
  // Whoever leaves takes everything along: sockets, readers, timers. Browsers may keep the page to come back to; what they
  // keep must not go on in the background, and one with open connections they would not keep.
  window.addEventListener('pagehide', () => render(null, page));
  window.addEventListener('pageshow', ({ persisted }) => persisted && draw());
}
