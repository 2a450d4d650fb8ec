/** Parameters of the address with which the server says that a sign-in at the identity provider failed. */
const REASON = 'sign-in-failed';
const WAIT = 'retry-after';

const SENTENCES: Record<string, string> = {
  expired: 'This sign-in took too long, or was used before. Begin again.',
  denied: 'You were not signed in: it was cancelled, or you are not allowed in.',
  refused:
    'You were not signed in: what came back cannot be accepted. Begin again; if it happens again, tell whoever runs this server.',
  unavailable: 'The sign-in service cannot be reached, or does not respond as it should.',
  'too-many': 'Too many sign-ins from here have failed.',
  failed: 'The server could not sign you in now. Try again in a moment.',
};

/** Taken from the address once, when the page is loaded: a reload is no failure. */
let failure = inAddress();

/** Why the sign-in failed that led to this page, the first time that it is asked for; '' if none did. */
export function takeFailure(): string {
  const sentence = failure;
  failure = '';
  return sentence;
}

function inAddress(): string {
  const url = new URL(location.href);
  const reason = url.searchParams.get(REASON);
  if (reason === null) return '';
  const waitS = Number(url.searchParams.get(WAIT));
  url.searchParams.delete(REASON);
  url.searchParams.delete(WAIT);
  history.replaceState(history.state, '', url);
  const sentence = (Object.hasOwn(SENTENCES, reason) && SENTENCES[reason]) || SENTENCES.refused;
  return waitS > 0 && waitS < 3_600 ? `${sentence} Try again in ${Math.ceil(waitS)} s.` : `${sentence}`;
}
