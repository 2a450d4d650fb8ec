import { jest } from '@jest/globals';
import { FlushScheduler } from '../../src/mirror/flush-scheduler.ts';

describe('FlushScheduler: coalescing text before it is sent', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('[MIRROR-3] lets nobody wait longer than a period and a tick, and tasks that are due run together', () => {
    const scheduler = new FlushScheduler(50);
    const start = performance.now();
    const ran: Array<[string, number]> = [];
    const task = (name: string) => () => ran.push([name, performance.now() - start]);
    scheduler.schedule(start, task('first'));
    jest.advanceTimersByTime(4);
    scheduler.schedule(start - 1, task('with the first'));
    scheduler.schedule(performance.now(), task('next tick'));
    jest.advanceTimersByTime(100);
    expect(ran).toEqual([
      ['first', 50],
      ['with the first', 50],
      ['next tick', 60],
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[MIRROR-3] runs a task once, however often it was asked for, and not before its first moment', () => {
    const scheduler = new FlushScheduler(50);
    const task = jest.fn();
    for (let token = 0; token < 40; token += 1) {
      scheduler.schedule(performance.now(), task);
      jest.advanceTimersByTime(1);
    }
    expect(task).not.toHaveBeenCalled();
    jest.advanceTimersByTime(20);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('stops when it is disposed of', () => {
    const scheduler = new FlushScheduler(50);
    const task = jest.fn();
    scheduler.schedule(performance.now(), task);
    scheduler[Symbol.dispose]();
    jest.advanceTimersByTime(1_000);
    expect(task).not.toHaveBeenCalled();
  });
});
