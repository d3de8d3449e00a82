// `npm run bench:reads`: how long reading takes with 100,000 executions in history: one by its id, from its object and from its row,
// and lists and searches of all kinds, over HTTP, one after another.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { httpClient } from './http-client.ts'
import { startMillraceServer } from './millrace-server.ts'
import { table } from './table.ts'
import { executeSql } from './wrangler-dev.ts'

const EXECUTIONS = 100_000
const WORKFLOWS = 20
/** Every so many-th one failed, and has its words in the index. */
const FAILED_EVERY = 11
const REQUESTS = 200
const WARM_UP = 20

/** Half a year of them, most recent last. */
const FILL = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${EXECUTIONS})
  INSERT INTO executions (execution_id, community_id, workflow_id, workflow_version, config_hash, status, epoch, seq, priority,
    trigger_type, triggered_by, trace_id, correlation_id, metadata, started_at, ended_at, nodes_executed, error_code, error_message)
  SELECT printf('%016x', i * 7919), 'default', 'flow-' || (i % ${WORKFLOWS}), 1, printf('%064x', i % ${WORKFLOWS}),
    CASE i % ${FAILED_EVERY} WHEN 0 THEN 'failed' ELSE 'completed' END, 1, 12, 'normal', 'POST /api/v1/executions', 'ada',
    printf('%032x', i), CASE i % 3 WHEN 0 THEN 'order-' || i END, '{"order":' || i || ',"region":"eu"}',
    unixepoch() * 1000 - (${EXECUTIONS} - i) * 155520, unixepoch() * 1000 - (${EXECUTIONS} - i) * 155520 + i % 9000, 5,
    CASE i % ${FAILED_EVERY} WHEN 0 THEN 'HTTP_STATUS' END,
    CASE i % ${FAILED_EVERY} WHEN 0 THEN 'The server answered ' || (500 + i % 4) || ' for order ' || i END FROM n;
  INSERT INTO execution_errors (rowid, community, error, execution_id)
  SELECT (started_at << 20) | rowid_bits, 'c' || hex(community_id), error_code || ' ' || error_message, execution_id
  FROM (SELECT *, row_number() OVER () AS rowid_bits FROM executions WHERE status = 'failed');`

const READS: readonly (readonly [what: string, path: (drawn: number) => string])[] = [
  ['GET by id, after retention (D1)', (n) => `executions/${idOf(n)}`],
  ['list of a workflow, first page', (n) => `workflows/flow-${n % WORKFLOWS}/executions`],
  ['list of a workflow, page 100', (n) => `workflows/flow-${n % WORKFLOWS}/executions?page=100`],
  ['list, failed only', (n) => `workflows/flow-${n % WORKFLOWS}/executions?status=failed`],
  ['list by execution_time, 30 days', (n) => `workflows/flow-${n % WORKFLOWS}/executions?sort_by=execution_time`],
  ['search, newest', () => 'executions'],
  ['search by correlation', (n) => `executions?correlation_id=order-${n - (n % 3)}`],
  ['search by metadata, rare', (n) => `executions?metadata.order=${n}`],
  ['search by words of an error', (n) => `executions?error=answered%20${500 + (n % 4)}`],
  ['search by words of one error', (n) => `executions?error=order%20${n - (n % FAILED_EVERY)}`],
]

const idOf = (n: number): string => (n * 7919).toString(16).padStart(16, '0')
const drawn = (): number => 1 + Math.floor(Math.random() * EXECUTIONS)

/** Milliseconds that half, and 99 of 100, take at most. */
function percentiles(times: readonly number[]): readonly [p50: string, p99: string] {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1)
  return [at(0.5), at(0.99)]
}

const stateDir = mkdtempSync(path.join(tmpdir(), 'millrace-reads-'))
const { server, headers, restart } = await startMillraceServer({ stateDir })
await server.stop()
executeSql('wrangler.toml', stateDir, FILL)
const filled = await restart()
const client = httpClient(filled.port, headers)

async function measure(pathOf: (n: number) => string): Promise<readonly string[]> {
  const times: number[] = []
  for (let request = 0; request < WARM_UP + REQUESTS; request += 1) {
    const requested = `/api/v1/${pathOf(drawn())}`
    const before = performance.now()
    const { status, body } = await client.get(requested)
    const took = performance.now() - before
    if (status !== 200) throw new Error(`${requested}: ${status} ${body}`)
    if (request >= WARM_UP) times.push(took)
  }
  return percentiles(times)
}

try {
  const graph = { nodes: Array.from({ length: 10 }, (_, index) => ({ id: `n${index}`, config: { value: index } })), edges: [] }
  const start = await client.post('/api/v1/executions', JSON.stringify({ workflow: graph }))
  const { data }: { data: { execution_id: string } } = JSON.parse(start.body)
  const rows = [['GET by id, 10 nodes (object)', ...(await measure(() => `executions/${data.execution_id}`))]]
  for (const [what, pathOf] of READS) rows.push([what, ...(await measure(pathOf))])
  console.log(`${EXECUTIONS.toLocaleString('en')} executions in history, ${REQUESTS} requests each, one at a time\n`)
  console.log(table(['read', 'p50 ms', 'p99 ms'], rows))
} finally {
  client.close()
  await filled.stop()
  rmSync(stateDir, { recursive: true, force: true })
}
