import { jest } from '@jest/globals';
import { Pulse } from '../src/mirror/pulse.ts';

describe('the beat on which gathered text goes out', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('[MIRROR-3] lets nobody wait longer than a period and a beat, and those who are due go together', () => {
    const pulse = new Pulse(50);
    const start = performance.now();
    const ran: Array<[string, number]> = [];
    const task = (name: string) => () => ran.push([name, performance.now() - start]);
    pulse.after(start, task('first'));
    jest.advanceTimersByTime(4);
    pulse.after(start - 1, task('with the first'));
    pulse.after(performance.now(), task('next beat'));
    jest.advanceTimersByTime(100);
    expect(ran).toEqual([
      ['first', 50],
      ['with the first', 50],
      ['next beat', 60],
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[MIRROR-3] runs a task once, however often it was asked for, and not before its first moment', () => {
    const pulse = new Pulse(50);
    const task = jest.fn();
    for (let token = 0; token < 40; token += 1) {
      pulse.after(performance.now(), task);
      jest.advanceTimersByTime(1);
    }
    expect(task).not.toHaveBeenCalled();
    jest.advanceTimersByTime(20);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('stops when it is disposed of', () => {
    const pulse = new Pulse(50);
    const task = jest.fn();
    pulse.after(performance.now(), task);
    pulse[Symbol.dispose]();
    jest.advanceTimersByTime(1_000);
    expect(task).not.toHaveBeenCalled();
  });
});
