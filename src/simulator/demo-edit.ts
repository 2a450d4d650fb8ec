/** The beginning of the system prompt of a request to edit files. */
const OPENING = 'You edit the files of a workspace.';

/** A file in that prompt: its name in bold, and below it one fenced block. */
const FILE = /^\*\*(?<name>[^\n*]+)\*\*\n\n(?<fence>`{3,})[^\n`]*\n(?<text>(?:[\s\S]*?\n)?)\k<fence>$/gm;

/** Before the files the prompt has an example of an answer, which also contains a file. */
const FILES = /^These are its files:$/m;

const MARK = 'Simulated edit';
const WISH_CHARACTERS = 100;

interface File {
  name: string;
  text: string;
}

/**
 * The answer to a request to edit files without a directive: changes one file visibly and harmlessly, and says that no
 * model did. Null for other requests.
 */
export function demoEdit(systemPrompt: string, question: string): string | null {
  if (!systemPrompt.startsWith(OPENING)) return null;
  const files = filesIn(systemPrompt);
  const wish = oneLine(question);
  const named = files.find(({ name }) => question.includes(name));
  const wanted = newFileIn(question);
  if (named && /\b(?:delete|remove|drop)\b/i.test(question)) {
    return `${said(`I remove ${named.name}, as you asked.`)}\n\n**${named.name}**\n\n\`\`\`\n\`\`\`\n`;
  }
  const file = named ?? (wanted ? { name: wanted, text: '' } : files[0]) ?? { name: 'notes.md', text: '' };
  const does =
    file.text === '' ? `I make ${file.name}, with your wish in it.` : `I note your wish in ${file.name}.`;
  return `${said(does)}\n\n**${file.name}**\n\n${block(marked(file, wish))}\n\nUndo takes it back.\n`;
}

/** The first file name after a matching verb in the same line. */
function newFileIn(question: string): string | undefined {
  for (const line of question.split('\n')) {
    const asked = /\b(?:create|make|add|write|new)\b/i.exec(line);
    const [, name] = asked ? (/\s([\w./-]+\.\w{1,8})\b/.exec(line.slice(asked.index)) ?? []) : [];
    if (name !== undefined) return name;
  }
  return undefined;
}

function said(what: string): string {
  return `This edit comes from the built-in simulator: no provider is configured, so no language model has read your files. So that you can see how an edit travels, ${what}`;
}

function filesIn(prompt: string): File[] {
  const start = FILES.exec(prompt)?.index ?? prompt.length;
  return Array.from(prompt.slice(start).matchAll(FILE), ({ groups }) => ({
    name: groups?.name ?? '',
    text: groups?.text ?? '',
  }));
}

/** The file with the request as a comment in its own language, in place of an earlier one. */
function marked({ name, text }: File, wish: string): string {
  const [before, after] = remarkIn(name);
  const remark = `${before}${MARK}: ${wish}${after}`;
  const lines = text.split('\n');
  const known = lines.findIndex((line) => line.startsWith(`${before}${MARK}: `));
  if (known >= 0) return lines.with(known, remark).join('\n');
  if (/\.(?:md|markdown|txt|json)$/i.test(name) || !name.includes('.')) {
    return /\.json$/i.test(name) && text !== ''
      ? inJson(text, wish)
      : `${text}${text === '' ? '' : '\n'}${remark}\n`;
  }
  // First lines that must stay first.
  const first = /^(?:#!|<!doctype|<\?xml)/i.test(lines[0] ?? '') ? 1 : 0;
  return lines.toSpliced(first, 0, remark).join('\n');
}

function remarkIn(name: string): [before: string, after: string] {
  if (/\.(?:py|rb|sh|ya?ml|toml|r|pl|dockerfile)$/i.test(name)) return ['# ', ''];
  if (/\.(?:html?|xml|svg|vue)$/i.test(name)) return ['<!-- ', ' -->'];
  if (/\.(?:css|scss|less)$/i.test(name)) return ['/* ', ' */'];
  if (/\.sql$/i.test(name)) return ['-- ', ''];
  if (/\.(?:[cm]?[jt]sx?|java|c|h|cpp|cs|go|rs|swift|kt|php)$/i.test(name)) return ['// ', ''];
  return ['> ', ''];
}

/** JSON has no comments; an object gets one more field. */
function inJson(text: string, wish: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return text;
    return `${JSON.stringify({ ...value, [MARK]: wish }, null, 2)}\n`;
  } catch {
    return text;
  }
}

/** Short, and without characters that could end a comment. */
function oneLine(question: string): string {
  const words = question
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\*\/|-->|`{3,}/g, ' ')
    .trim();
  const characters = [...words];
  return characters.length > WISH_CHARACTERS ? `${characters.slice(0, WISH_CHARACTERS).join('')}…` : words;
}

/** In a fence that is longer than any in the text. */
function block(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), ([fence]) => fence.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
