import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { account, isAdmin } from '../shell/account.ts';
import { type ServerWatch, watchServer } from '../shell/server-monitor.ts';
import { useStore } from '../shell/store.ts';
import { AccountBar } from '../sign-in/account-bar.tsx';
import { AuditPage } from './audit-page.tsx';
import { KeysPage } from './keys-page.tsx';
import '../styles/records.css';
import '../styles/admin.css';

export type AdminPart = 'keys' | 'audit';

const NAMES: Record<AdminPart, string> = { keys: 'API keys', audit: 'Audit log' };

/** What administrators look after: the API keys at `/admin/keys`, the audit log at `/admin/audit`. */
export function AdminPage({ part }: { part: AdminPart }) {
  const state = useStore(account.state);
  const parts: AdminPart[] = state.methods.includes('keys') ? ['keys', 'audit'] : ['audit'];
  useEffect(() => {
    document.title = NAMES[part];
  }, [part]);
  return (
    <div class="admin">
      <header class="topbar">
        <a class="button quiet" href="/">
          <span aria-hidden="true">‹</span> Chats
        </a>
        <h1>Administration</h1>
        <AccountBar />
      </header>
      <main class="column">
        {isAdmin(state) ? (
          <>
            <nav aria-label="Administration">
              {parts.map((each) => (
                <a
                  key={each}
                  class="button"
                  href={`/admin/${each}`}
                  aria-current={each === part ? 'page' : undefined}
                >
                  {NAMES[each]}
                </a>
              ))}
            </nav>
            {parts.includes(part) ? <Part part={part} /> : <Closed>This server accepts no API keys.</Closed>}
          </>
        ) : (
          <Closed>
            {account.isGuarded
              ? 'This page is for administrators. Sign in as somebody who has the scope “admin”.'
              : 'Nobody has to sign in on this server, so there are no keys to look after.'}
          </Closed>
        )}
      </main>
    </div>
  );
}

function Part({ part }: { part: AdminPart }) {
  const [server] = useState<ServerWatch>(() => watchServer(() => {}));
  useEffect(() => () => server.close(), [server]);
  return part === 'keys' ? <KeysPage server={server} /> : <AuditPage server={server} />;
}

function Closed({ children }: { children: ComponentChildren }) {
  return (
    <div class="welcome">
      <h2>There is nothing for you here</h2>
      <p>{children}</p>
      <p>
        <a class="button" href="/">
          All chats
        </a>
      </p>
    </div>
  );
}
