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
  render(<Suspense fallback={null}>{viewed ? <ViewPage chatId={viewed} /> : <ChatPage />}</Suspense>, page);
}
