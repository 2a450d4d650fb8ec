import { readdir, readFile } from 'node:fs/promises';

const CLIENT = new URL('../../src/client/', import.meta.url);
const WIRE = new URL('../../src/wire/', import.meta.url);

describe('the boundary of the client', () => {
  it('[CLIENT-1] imports src/wire, nothing of the server, and nothing but React and Vue, each in its own file', async () => {
    const files = (await readdir(CLIENT, { recursive: true })).filter((file) => file.endsWith('.ts'));
    expect(files).toEqual(expect.arrayContaining(['index.ts', 'react.ts', 'vue.ts']));
    for (const file of files) {
      const source = await readFile(new URL(file, CLIENT), 'utf8');
      const imported = Array.from(source.matchAll(/(?:from|import\()\s*'([^']+)'/g), ([, name]) => name);
      const foreign = imported.filter((name = '') => {
        if (!/^\.{1,2}\/.*\.ts$/.test(name)) return true;
        const { href } = new URL(name, new URL(file, CLIENT));
        return !href.startsWith(CLIENT.href) && !href.startsWith(WIRE.href);
      });
      expect([file, foreign]).toEqual([
        file,
        file === 'react.ts' ? ['react'] : file === 'vue.ts' ? ['vue'] : [],
      ]);
      if (file === 'react.ts' || file === 'vue.ts') continue;
      expect(imported.filter((name) => /\/(react|vue)\.ts$/.test(name ?? ''))).toEqual([]);
      // Web standards only.
      expect(source).not.toMatch(/\b(process|Buffer|require|NodeJS)\b/);
    }
  });
});
