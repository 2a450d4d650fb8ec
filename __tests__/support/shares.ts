/** A share as it is made, with its token. */
export interface MadeShare {
  id: string;
  token: string;
  url?: string;
}

/** Makes a share of `of`, such as `chat/{id}`. */
export async function share(
  url: string,
  of: string,
  headers: Readonly<Record<string, string>>,
  body: unknown = {},
): Promise<MadeShare> {
  const response = await fetch(`${url}/api/${of}/shares`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as MadeShare;
}

export async function revoke(
  url: string,
  of: string,
  headers: Readonly<Record<string, string>>,
  { id }: MadeShare,
): Promise<void> {
  const response = await fetch(`${url}/api/${of}/shares/${id}`, { method: 'DELETE', headers });
  if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`);
}

/** Asks for a ticket with the token of a share. */
export function askWithShare(url: string, token: unknown): Promise<Response> {
  return fetch(`${url}/api/tickets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ share: token }),
  });
}

export async function ticketWith(url: string, { token }: MadeShare): Promise<string> {
  const response = await askWithShare(url, token);
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return ((await response.json()) as { ticket: string }).ticket;
}
