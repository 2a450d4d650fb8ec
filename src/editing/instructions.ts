import type { WorkspaceFile } from '../wire/workspaces.ts';
import type { WorkspaceDocument } from './files.ts';

/** Share of the prompt's tokens that files may take; the rest is for the question and the chat's history. */
const SHARE_OF_FILES = 0.7;

/** Tokens of the name and the fences around a file. */
const TOKENS_AROUND = 12;

const SYSTEM_PROMPT = `You edit the files of a workspace. People work on the same files at the same time and see your changes while you write.

Answer in Markdown. What you write outside of file blocks is your message to the people: say in a few sentences what you do.

To change a file or to make a new one, write its name in bold on a line of its own, and below it one fenced block with the whole new text of the file:

**folder/name.ext**

\`\`\`ext
the whole text
\`\`\`

- Write only files that you change. Files that you do not write stay as they are.
- Write a file from its first line to its last, in its order; leave nothing out, and put no placeholders in the place of text that stays.
- If the text has a line that begins with \`\`\`, use a longer fence around it: four backticks, or more.
- To remove a file, write its name and an empty block.
- Names are relative paths with forward slashes, and new ones have no spaces. Use the names of the files below as they are.`;

export interface Instructions {
  text: string;
  /** Ids of files that did not fit. */
  hidden: Set<string>;
}

/**
 * The system prompt of an edit: how to answer, and all files as they are. When they do not fit into `tokens`, short
 * files and those that the question names are preferred.
 */
export async function instructionsFor(
  { name, files }: WorkspaceDocument,
  question: string,
  tokens: number,
  countTokens: (text: string) => number | Promise<number>,
): Promise<Instructions> {
  const named = ([, file]: [string, WorkspaceFile]) => (question.includes(file.name) ? 0 : 1);
  const byPriority = Object.entries(files).sort(
    (one, other) => named(one) - named(other) || one[1].text.length - other[1].text.length,
  );
  const shown = new Map<string, WorkspaceFile>();
  const hidden = new Map<string, WorkspaceFile>();
  let shortestHidden = Number.POSITIVE_INFINITY;
  let left = Math.floor(tokens * SHARE_OF_FILES);
  for (const [id, file] of byPriority) {
    // Counting tokens takes a while; a file that is longer than one that did not fit need not be counted.
    const isHopeless = file.text.length >= shortestHidden;
    const cost = isHopeless ? Number.POSITIVE_INFINITY : TOKENS_AROUND + (await countTokens(file.text));
    if (cost > left) {
      hidden.set(id, file);
      shortestHidden = Math.min(shortestHidden, file.text.length);
    } else {
      left -= cost;
      shown.set(id, file);
    }
  }
  const parts = [SYSTEM_PROMPT, `The workspace is called ${JSON.stringify(name)}.`];
  if (shown.size === 0 && hidden.size === 0) parts.push('It has no files yet.');
  if (shown.size > 0) parts.push('These are its files:');
  for (const { name, text } of inOrder(shown)) parts.push(`**${name}**`, block(text));
  if (hidden.size > 0) {
    const list = inOrder(hidden).map(({ name, text }) => `- ${name} (${text.length} characters)`);
    parts.push(['These are too long to be shown to you; you cannot change them:', ...list].join('\n'));
  }
  return { text: parts.join('\n\n'), hidden: new Set(hidden.keys()) };
}

function inOrder(files: ReadonlyMap<string, WorkspaceFile>): WorkspaceFile[] {
  return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** With a fence that is longer than any in the text. */
function block(text: string): string {
  const longest = Array.from(
    text.matchAll(/^[^\S\r\n\u2028\u2029]*(`{3,})/gm),
    ([, fence = '']) => fence.length,
  );
  const fence = '`'.repeat(Math.max(3, ...longest.map((length) => length + 1)));
  return `${fence}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${fence}`;
}
