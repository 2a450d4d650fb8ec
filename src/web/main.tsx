import { render } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import './styles/base.css';
import './styles/layout.css';
import './styles/messages.css';
import './styles/markdown.css';

// Pages that have little in common: whoever chats loads neither ShareDB nor an editor.
const ChatPage = lazy(async () => (await import('./conversation/chat-page.tsx')).ChatPage);
const ViewPage = lazy(async () => (await import('./view/view-page.tsx')).ViewPage);
const WorkspacesPage = lazy(async () => (await import('./workspace/workspaces-page.tsx')).WorkspacesPage);
const WorkspacePage = lazy(async () => (await import('./workspace/workspace-page.tsx')).WorkspacePage);

function pageAt(path: string) {
  const [, place, id] = /^\/(view|workspace)(?:\/([\w-]{1,128}))?\/?$/.exec(path) ?? [];
  if (place === 'workspace') return id ? <WorkspacePage workspaceId={id} /> : <WorkspacesPage />;
  return id ? <ViewPage chatId={id} /> : <ChatPage />;
}

const page = document.getElementById('page');
if (page) {
  const draw = () => render(<Suspense fallback={null}>{pageAt(location.pathname)}</Suspense>, page);
  draw();
  // Whoever leaves takes everything along: sockets, readers, timers. Browsers may keep the page to come back to; what they
  // keep must not go on in the background, and one with open connections they would not keep.
  window.addEventListener('pagehide', () => render(null, page));
  window.addEventListener('pageshow', ({ persisted }) => persisted && draw());
}
