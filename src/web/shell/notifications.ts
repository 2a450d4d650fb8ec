/** An answer that took longer than this is worth a notification when nobody looks. In ms. */
const LONG_MS = 5_000;

export type Permission = 'default' | 'granted' | 'denied' | 'impossible';

export function notificationPermission(): Permission {
  return 'Notification' in window ? Notification.permission : 'impossible';
}

/** Only on a click: browsers, and people, resent being asked out of the blue. */
export async function askForNotifications(): Promise<Permission> {
  if (notificationPermission() !== 'default') return notificationPermission();
  return Notification.requestPermission();
}

/** Says that an answer has ended, if it took long, the tab is hidden and its user allowed it (WEB-4). */
export function notifyEnd(title: string, sentence: string, tookMs: number, tag: string): void {
  if (!document.hidden || tookMs < LONG_MS || notificationPermission() !== 'granted') return;
  try {
    const notification = new Notification(title, { body: sentence, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Android's browsers know notifications of service workers only.
  }
}
