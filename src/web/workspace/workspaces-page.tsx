import { useEffect, useRef, useState } from 'preact/hooks';
import { createChatClient, type WorkspaceFile, type WorkspaceSummary } from '../../client/index.ts';
import { sentenceOf } from '../conversation/error-texts.ts';
import { account } from '../shell/account.ts';
import { watchServer } from '../shell/server-monitor.ts';
import { when } from '../shell/short-date.ts';
import { AccountBar } from '../sign-in/account-bar.tsx';
import '../styles/workspaces.css';

const PAGE = 40;

/** Something to begin with. */
const EXAMPLE: readonly WorkspaceFile[] = [
  {
    name: 'index.html',
    text: '<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n    <title>Hello</title>\n    <link rel="stylesheet" href="style.css" />\n  </head>\n  <body>\n    <h1>Hello</h1>\n    <script type="module" src="main.js"></script>\n  </body>\n</html>\n',
  },
  { name: 'style.css', text: 'body {\n  font-family: system-ui, sans-serif;\n}\n' },
  { name: 'main.js', text: "document.querySelector('h1').textContent = 'Hello, world';\n" },
];

interface Listed {
  workspaces: readonly WorkspaceSummary[];
  nextCursor: string | null;
}

/** All workspaces at `/workspace`, and the way to a new one. */
export function WorkspacesPage() {
  const [{ workspaces, nextCursor }, setListed] = useState<Listed>({ workspaces: [], nextCursor: null });
  const [loading, setLoading] = useState(true);
  const [failure, setFailure] = useState('');
  const [name, setName] = useState('');
  const [withExample, setWithExample] = useState(true);
  useEffect(() => {
    document.title = 'Workspaces';
  }, []);

  const returned = useRef(() => {});
  const [{ client, server, lifetime }] = useState(() => {
    const server = watchServer(() => returned.current());
    const client = createChatClient({ fetch: server.fetch });
    return { client, server, lifetime: new AbortController() };
  });

  const attempt = async (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => {
    setLoading(true);
    try {
      await work(signal);
      setFailure('');
    } catch (cause) {
      if (!signal.aborted) setFailure(sentenceOf(cause));
    }
    setLoading(false);
  };
  const load = async (cursor: string | null, signal: AbortSignal) => {
    const page = await client.workspaces.list({
      limit: PAGE,
      signal,
      ...(cursor === null ? {} : { cursor }),
    });
    setListed((before) => ({
      workspaces: cursor === null ? page.workspaces : [...before.workspaces, ...page.workspaces],
      nextCursor: page.nextCursor,
    }));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    void attempt((signal) => load(null, signal), lifetime.signal);
    return () => {
      lifetime.abort();
      server.close();
    };
  }, [lifetime, server]);
  returned.current = () => {
    if (workspaces.length === 0) void attempt((signal) => load(null, signal), lifetime.signal);
    else setFailure('');
  };

  const create = () =>
    attempt(async () => {
      const { workspace } = await client.workspaces.create({
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        files: withExample ? EXAMPLE : [],
      });
      location.assign(`/workspace/${encodeURIComponent(workspace.id)}`);
    }, lifetime.signal);

  return (
    <div class="workspaces">
      <header class="topbar">
        <a class="button quiet" href="/">
          <span aria-hidden="true">‹</span> Chats
        </a>
        <h1>Workspaces</h1>
        <AccountBar />
      </header>
      <main class="column">
        <form
          class="new-workspace"
          onSubmit={(event) => {
            event.preventDefault();
            void create();
          }}
        >
          <h2>New workspace</h2>
          <p>
            {account.isGuarded
              ? 'Files that you edit together with those to whom you give a link, and a model that edits with you.'
              : 'Files that everybody with its link edits together, and a model that edits with them.'}
          </p>
          <label>
            Name
            <input
              type="text"
              maxLength={200}
              dir="auto"
              placeholder="Untitled workspace"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={withExample}
              onChange={(event) => setWithExample(event.currentTarget.checked)}
            />
            Begin with a small web page
          </label>
          <button type="submit" class="primary" disabled={loading}>
            Create
          </button>
        </form>
        {failure && (
          <p class="outcome bad" role="alert">
            {failure}
          </p>
        )}
        <h2>Past workspaces</h2>
        <ul class="workspace-list">
          {workspaces.map(({ id, name, updatedAt }) => (
            <li key={id}>
              <a href={`/workspace/${encodeURIComponent(id)}`}>
                <span class="title" dir="auto">
                  {name}
                </span>
                <span class="when">changed {when(updatedAt)}</span>
              </a>
            </li>
          ))}
          {!loading && !failure && workspaces.length === 0 && <li class="empty">No workspaces yet.</li>}
        </ul>
        {nextCursor !== null && (
          <button
            type="button"
            class="quiet"
            disabled={loading}
            onClick={() => void attempt((signal) => load(nextCursor, signal), lifetime.signal)}
          >
            Show older workspaces
          </button>
        )}
      </main>
    </div>
  );
}
