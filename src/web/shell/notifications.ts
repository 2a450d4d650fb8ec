/** An answer that took longer than this is notified of in a hidden tab. In ms. */
const LONG_MS = 5_000;

export type Permission = 'default' | 'granted' | 'denied' | 'impossible';

export function notificationPermission(): Permission {
  return 'Notification' in window ? Notification.permission : 'impossible';
}

/** Only on a click: browsers block requests without one, and users resent them. */
export async function askForNotifications(): Promise<Permission> {
  if (notificationPermission() !== 'default') return notificationPermission();
  return Notification.requestPermission();
}

/** Notifies of the end of an answer, if it took long, the tab is hidden and the user allowed it (WEB-4). */
export function notifyEnd(title: string, sentence: string, tookMs: number, tag: string): void {
  if (!document.hidden || tookMs < LONG_MS || notificationPermission() !== 'granted') return;
  try {
    const notification = new Notification(title, { body: sentence, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Browsers on Android allow notifications of service workers only.
  }
}
