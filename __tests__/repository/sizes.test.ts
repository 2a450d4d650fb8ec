import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { classesIn, functionsIn, type Sized } from '../support/declarations.ts';

const FOLDERS = ['src', 'scripts', 'bench'];
const GENERATED = /^src\/store\/generated\//;
/** Above it a class does more than one thing. */
const FIELDS = 10;
/** Above it a call is hard to read. */
const PARAMETERS = 5;
/** Methods whose parameters are ShareDB's: a storage adapter has them. */
const PRESCRIBED = [
  'src/sharedb/storage/document-database.ts: commit',
  'src/sharedb/storage/document-database.ts: getOps',
];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => posix.join(folder, path)),
)
  .filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !GENERATED.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Where the size is above a limit, as `path: name`. */
function above(limit: number, sizesIn: (path: string, text: string) => Sized[]): string[] {
  return sources.flatMap(({ path, text }) =>
    sizesIn(path, text)
      .filter(({ size }) => size > limit)
      .map(({ name }) => `${path}: ${name}`),
  );
}

it(`no class has more than ${FIELDS} fields`, () => {
  expect(above(FIELDS, classesIn)).toEqual([]);
});

it(`no function has more than ${PARAMETERS} parameters`, () => {
  expect(above(PARAMETERS, functionsIn).sort()).toEqual(PRESCRIBED);
});

it('fields are counted in each form, statics, methods and accessors are not', () => {
  const text = `
    export class A {
      a = 1; #b = 2; declare c: number; readonly d = () => 3; accessor e = 4;
      static s = 5;
      constructor(private readonly f: number, plain: number) {}
      get g() { return 6; }
      h() { return class { i = 7; }; }
    }`;
  expect(classesIn('a.ts', text)).toEqual([
    { name: 'A', size: 6 },
    { name: 'anonymous', size: 1 },
  ]);
});

it('parameters are counted of each form of a function', () => {
  const text = `
    function one(a) {}
    const two = (a, b) => a;
    class A {
      constructor(a, b, c) {}
      four(a, b, c, d) {}
      #five(a, b, c, d, e) {}
    }
    const o = { six(a, b, c, d, e, f) {}, seven: function (a, b, c, d, e, f, g) {} };`;
  expect(functionsIn('a.js', text).map(({ size }) => size)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(functionsIn('a.ts', 'type F = (a: 1, b: 2) => void; interface I { f(a: 1): void }')).toEqual([]);
});
