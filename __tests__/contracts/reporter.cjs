const { mkdirSync, writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Prints dots, and writes the counts as jest's JSON has them, for scripts/test.js. */
module.exports = class Counted extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const counts = { numPassedTests: passes, numFailedTests: failures, numPendingTests: pending };
      mkdirSync('test-output', { recursive: true });
      writeFileSync('test-output/sharedb.json', JSON.stringify(counts));
    });
  }
};
