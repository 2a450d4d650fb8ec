import { UploadSlots } from '../../src/files/upload-slots.ts';

describe('uploads at a time', () => {
  it('[LIMIT-1] [FILE-1] are 50 of one owner and 200 in all', () => {
    const slots = new UploadSlots();
    const taken: Disposable[] = [];
    const take = (owner: string, count: number) => {
      for (let index = 0; index < count; index += 1) taken.push(slots.take(owner));
    };
    take('a', 50);
    expect(() => slots.take('a')).toThrow(expect.objectContaining({ code: 'overloaded', status: 503 }));
    taken.pop()?.[Symbol.dispose]();
    take('a', 1);
    take('b', 50);
    take('c', 50);
    take('d', 49);
    const last = slots.take('d');
    expect(() => slots.take('e')).toThrow('Too many files');
    last[Symbol.dispose]();
    slots.take('e')[Symbol.dispose]();
    for (const slot of taken) slot[Symbol.dispose]();
    take('a', 50);
    expect(() => slots.take('a')).toThrow('Too many files');
  });
});
