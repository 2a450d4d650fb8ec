import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['src', '__tests__', 'scripts', 'bench', 'examples'];
/** Columns of a comment line; the formatter wraps code, but not comments. */
const WIDTH = 120;

it('has no comment lines of more than 120 columns', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.([jt]sx?|cjs)$/.test(file) && !/generated|node_modules|dist/.test(file))
      .map((file) => join(folder, file)),
  );
  const long = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.length > WIDTH && /^\s*(\/\/|\/?\*)/.test(line) ? [`${file}:${index + 1}`] : [],
      ),
  );
  expect(long).toEqual([]);
});
