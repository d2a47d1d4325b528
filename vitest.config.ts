import { defineConfig } from 'vitest/config'

// Workspace packages are read from their sources, so no build is needed to test one.
const conditions = ['@hub/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Real programs on a machine shared with others: a port found free may be taken a moment later, a browser may miss a key.
    retry: process.env['CI'] ? 1 : 0,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reportsDirectory: '.test/coverage',
      reporter: ['text-summary', 'html', 'json-summary'],
      // A failed test must not keep the report from being written.
      reportOnFailure: true,
    },
  },
})
