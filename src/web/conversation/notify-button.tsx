import { useState } from 'preact/hooks';
import { askForNotifications, notificationPermission } from '../shell/notifications.ts';

/** Offers a notification for the end of an answer, unless the user has decided already. */
export function NotifyButton() {
  const [permission, setPermission] = useState(notificationPermission());
  if (permission !== 'default') return null;
  return (
    <button type="button" class="quiet" onClick={async () => setPermission(await askForNotifications())}>
      Notify me when it is done
    </button>
  );
}
