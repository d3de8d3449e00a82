import path from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests of nodes that stand on what only workerd has, or on a library whose behaviour there is the question. */
const NODES_IN_WORKERD = [
  'test/nodes/ai-processor.test.ts',
  'test/nodes/d1-query.test.ts',
  'test/nodes/email.test.ts',
  'test/nodes/data-source.test.ts',
]

// The simulated platform trusts the certificate of the tests' mail servers: it reads this while it is loaded.
process.env.NODE_EXTRA_CA_CERTS = path.join(import.meta.dirname, 'test/fixtures/mail-server/trusted.pem')
const { cloudflareTest, readD1Migrations } = await import('@cloudflare/vitest-plugin')

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
          include: ['test/{core,nodes,projections,sim,scripts,examples,client}/**/*.test.ts'],
          exclude: NODES_IN_WORKERD,
          globalSetup: ['./test/support/announce-mysql.ts'],
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            remoteBindings: false,
            miniflare: {
              kvNamespaces: ['TEST_KV'],
              r2Buckets: ['TEST_BUCKET'],
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, 'migrations')),
                MILLRACE_ADMIN_KEY: 'test-admin-key',
                ID_SECRET: 'test-id-secret',
                SECRETS_KEYS: `k1:${'0123456789abcdef'.repeat(4)}`,
                ALLOW_PRIVATE_HOSTS: '127.0.0.1',
                DATA_BINDINGS: '*/SHOP_DB',
              },
              d1Databases: { SHOP_DB: 'shop' },
            },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/{execution,runner,queues,history,http}/**/*.test.ts', ...NODES_IN_WORKERD],
          globalSetup: [
            './test/support/serve-models.ts',
            './test/support/serve-key-sets.ts',
            './test/support/serve-echoes.ts',
            './test/support/serve-mail.ts',
          ],
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
