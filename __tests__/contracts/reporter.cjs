const { mkdirSync, writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Dots for whoever watches, and the counts as JSON for whoever adds them up. */
module.exports = class Counted extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      mkdirSync('test-output', { recursive: true });
      writeFileSync('test-output/sharedb-suite.json', JSON.stringify({ stats: this.stats }, null, 2));
    });
  }
};
