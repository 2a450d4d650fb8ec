// All scenarios, in the order in which they run. A new one is a file here and a line below.

import firehose from './firehose.js';
import firstToken from './first-token.js';
import longHistory from './long-history.js';
import mirror from './mirror.js';
import paced from './paced.js';
import resume from './resume.js';
import slowStreams from './slow-streams.js';

/** @type {import('../scenario.js').Scenario[]} */
export const scenarios = [firehose, paced, slowStreams, firstToken, longHistory, resume, mirror];
