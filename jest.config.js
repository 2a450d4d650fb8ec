/** ES modules throughout, as they ship: hence NODE_OPTIONS=--experimental-vm-modules in the npm scripts. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // A test that hangs fails in the end; one on a busy machine must not.
  testTimeout: 120_000,
  // Modules stay in memory as long as their process, and a heap of gigabytes takes seconds to collect.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/store/generated/**'],
  coverageDirectory: 'coverage',
};
