/** How the system prompt of a request begins that wants files edited. */
const OPENING = 'You edit the files of a workspace.';

/** A file as that prompt shows it: its name in bold, and below it one fenced block. */
const FILE = /^\*\*(?<name>[^\n*]+)\*\*\n\n(?<fence>`{3,})[^\n`]*\n(?<text>(?:[\s\S]*?\n)?)\k<fence>$/gm;

/** Above the files the prompt shows the form of an answer, which has a file in it, too. */
const FILES = /^These are its files:$/m;

const MARK = 'Simulated edit';
const WISH_CHARACTERS = 100;

interface File {
  name: string;
  text: string;
}

/**
 * What the simulator says when it is asked to edit files and nobody told it what to say: it changes one of them, visibly
 * and without harm, and says that no model did. Null when the request is no such request.
 */
export function demoEdit(systemPrompt: string, question: string): string | null {
  if (!systemPrompt.startsWith(OPENING)) return null;
  const files = filesIn(systemPrompt);
  const wish = oneLine(question);
  const named = files.find(({ name }) => question.includes(name));
  const wanted = /\b(?:create|make|add|write|new)\b.*?\s([\w./-]+\.\w{1,8})\b/i.exec(question)?.[1];
  if (named && /\b(?:delete|remove|drop)\b/i.test(question)) {
    return `${said(`I remove ${named.name}, as you asked.`)}\n\n**${named.name}**\n\n\`\`\`\n\`\`\`\n`;
  }
  const file = named ?? (wanted ? { name: wanted, text: '' } : files[0]) ?? { name: 'notes.md', text: '' };
  const does =
    file.text === '' ? `I make ${file.name}, with your wish in it.` : `I note your wish in ${file.name}.`;
  return `${said(does)}\n\n**${file.name}**\n\n${block(marked(file, wish))}\n\nUndo takes it back.\n`;
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

/** The file with the wish in it, in the place of an earlier one, as a remark in its own language. */
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
  // What a file may have to begin with.
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

/** JSON has no remarks; an object takes one more field. */
function inJson(text: string, wish: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return text;
    return `${JSON.stringify({ ...value, [MARK]: wish }, null, 2)}\n`;
  } catch {
    return text;
  }
}

/** Short, and nothing that could end a remark. */
function oneLine(question: string): string {
  const words = question
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\*\/|-->|`{3,}/g, ' ')
    .trim();
  const characters = [...words];
  return characters.length > WISH_CHARACTERS ? `${characters.slice(0, WISH_CHARACTERS).join('')}…` : words;
}

/** In a fence that is longer than any in it. */
function block(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), ([fence]) => fence.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
