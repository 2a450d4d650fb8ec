/** What the server says of a file. */
export interface UploadedFile {
  id: string;
  name: string;
  mediaType: string;
  bytes: number;
  sha256: string;
  width?: number;
  height?: number;
  pages?: number;
}

/** Sends a file as forms do. `type`: what the client says that it is. */
export function uploadForm(
  url: string,
  bytes: Uint8Array<ArrayBuffer> | string,
  { name = 'a.bin', type = '', headers = {} }: { name?: string; type?: string; headers?: HeadersInit } = {},
): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([bytes], { type }), name);
  return fetch(`${url}/api/files`, { method: 'POST', body: form, headers });
}

/** Throws unless it was stored. */
export async function uploaded(response: Promise<Response>): Promise<UploadedFile> {
  const answer = await response;
  const body = await answer.json();
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body as UploadedFile;
}
