import { render } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { account } from './shell/account.ts';
import { keepCompositionsApart } from './shell/input-composition.ts';
import './shell/failed-sign-in.ts';
import { shareToken } from './shell/share-token.ts';
import { useStore } from './shell/store.ts';
import './styles/base.css';
import './styles/layout.css';
import './styles/messages.css';
import './styles/markdown.css';
import './styles/short.css';
import './styles/print.css';

// Separate bundles: the chat page loads neither ShareDB nor an editor.
const ChatPage = lazy(async () => (await import('./conversation/chat-page.tsx')).ChatPage);
const ViewPage = lazy(async () => (await import('./view/view-page.tsx')).ViewPage);
const WorkspacesPage = lazy(async () => (await import('./workspace/workspaces-page.tsx')).WorkspacesPage);
const AdminPage = lazy(async () => (await import('./admin/admin-page.tsx')).AdminPage);
const SignIn = lazy(async () => (await import('./sign-in/sign-in.tsx')).SignIn);
const WorkspacePage = lazy(async () => (await import('./workspace/workspace-page.tsx')).WorkspacePage);

function pageAt(path: string) {
  if (path === '/admin/keys') return <AdminPage part="keys" />;
  if (path === '/admin/audit') return <AdminPage part="audit" />;
  const [, place, id] = /^\/(view|workspace)(?:\/([\w-]{1,128}))?\/?$/.exec(path) ?? [];
  if (place === 'workspace') return id ? <WorkspacePage workspaceId={id} /> : <WorkspacesPage />;
  return id ? <ViewPage chatId={id} /> : <ChatPage />;
}

/** The page of the address, for one user after the other. It stays below the form when a session has ended. */
function App() {
  const { isKnown, isOut, shownTo } = useStore(account.state);
  return (
    <>
      {isKnown && shownTo !== null && (
        <Suspense key={shownTo} fallback={null}>
          {pageAt(location.pathname)}
        </Suspense>
      )}
      {isOut && (
        <Suspense fallback={null}>
          <SignIn />
        </Suspense>
      )}
    </>
  );
}

keepCompositionsApart();

const openedWith = shareToken();
// Another link of a share to the same page: browsers only change the fragment.
window.addEventListener('hashchange', () => shareToken() !== openedWith && location.reload());

const page = document.getElementById('page');
if (page) {
  const draw = () => {
    void account.check();
    render(<App />, page);
  };
  draw();
  // Leaving the page unmounts everything: sockets, readers, timers. Browsers may cache the page (bfcache); a cached
  // page must not go on in the background, and one with open connections would not be cached.
  window.addEventListener('pagehide', () => render(null, page));
  window.addEventListener('pageshow', ({ persisted }) => persisted && draw());
}
