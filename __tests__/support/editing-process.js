// Stores the turn that comes as JSON on stdin, in the database whose URL is the second argument, with the module that
// the first one names. Says `open` when it is ready for it, and `stored` when the turn is; it never ends by itself.
import { once } from 'node:events';

const [, , module, url] = process.argv;
const { openDatabase } = await import(module);
const database = await openDatabase(url);
console.log('open');
const [line] = await once(process.stdin.setEncoding('utf8'), 'data');
const turn = JSON.parse(line);
turn.now = new Date(turn.now);
turn.run.createdAt = new Date(turn.run.createdAt);
await database.chats.begin(turn);
console.log('stored');
setInterval(() => {}, 1_000);
