// The service without its mirror, to see what the mirror costs a run without viewers:
// `npm run bench -- --only firehose,paced --server "node bench/unmirrored.js"` against the same without `--server`.

/** @param {string} path in the built service; not resolved by the type checker, which runs before the build */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);

const { Mirror } = await built('mirror/mirror.js');

Mirror.prototype.turnStored = () => {};
Mirror.prototype.runStarted = () => {};
Mirror.prototype.runSettled = () => {};

await built('main.js');
