import path from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Tests of nodes that stand on what only workerd has, or on a library whose behaviour there is the question. */
const NODES_IN_WORKERD = ['test/nodes/ai-processor.test.ts']

// Three kinds of tests: pure ones in plain Node, those of the platform's objects inside workerd, and a few against a real
// `wrangler dev`, which alone forbids `new Function` and can be killed.
export default defineConfig(async () => ({
  test: {
    // What the server logs belongs to a failure; a test that passes is quiet.
    silent: 'passed-only' as const,
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/{core,nodes,projections,sim,scripts,examples}/**/*.test.ts'],
          exclude: NODES_IN_WORKERD,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            remoteBindings: false,
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, 'migrations')),
                MILLRACE_ADMIN_KEY: 'test-admin-key',
                ID_SECRET: 'test-id-secret',
                ALLOW_PRIVATE_HOSTS: '127.0.0.1',
              },
            },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/{execution,runner,queues,history,http}/**/*.test.ts', ...NODES_IN_WORKERD],
          globalSetup: ['./test/support/serve-models.ts'],
          setupFiles: ['./test/support/apply-migrations.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
}))
