// One round of the kill test: start, kill -9, restart on the same state, wait, compare with history.
import { setTimeout as sleep } from 'node:timers/promises'
import { type FlakyCounts, startFlakyServer } from './flaky-server.ts'
import { type HttpClient, httpClient } from './http-client.ts'
import { killInputs, killWorkflows } from './kill-workflows.ts'
import { startMillraceServer } from './millrace-server.ts'

const CONCURRENCY = 16
/** Nothing is asked for this long after the restart: executions have to go on by themselves. */
const UNTOUCHED_MS = 60_000
const COMPLETE_WITHIN_MS = 180_000
/** The object resends what history lost after 1 minute, then after 2 more. */
const LISTED_WITHIN_MS = 300_000
const TERMINAL = new Set(['completed', 'failed', 'cancelled'])

export interface RoundResult {
  readonly accepted: number
  /** Starts that the kill left without an answer; some exist, and are listed, none twice. */
  readonly unanswered: number
  readonly endedBeforeKill: number
  readonly completed: number
  readonly failed: number
  /** Ended only after something asked for them. */
  readonly endedAfterUntouched: number
  readonly secondsFromRestartToLastEnd: number
  readonly listed: number
  readonly calls: FlakyCounts
  /** Empty when all is well. */
  readonly violations: readonly string[]
}

interface Accepted {
  readonly id: string
  readonly number: number
}

interface View {
  readonly execution_id: string
  readonly status: string
  readonly end_time: string | null
  readonly final_output: unknown
}

export async function runRound(stateDir: string, executions: number): Promise<RoundResult> {
  const flaky = await startFlakyServer()
  const millrace = await startMillraceServer({ stateDir })
  const client = httpClient(millrace.server.port, millrace.headers)
  let server = millrace.server
  try {
    const workflows = killWorkflows(flaky.url)
    for (const workflow of workflows) must(201, await client.post('/api/v1/workflows', JSON.stringify(workflow)))
    const ids = workflows.map((workflow) => workflow.workflow_id)
    const accepted = await startUntilKill(client, ids, executions, () => server.kill())
    const killedAt = Date.now()
    server = await millrace.restart()
    const restartedAt = Date.now()
    await sleep(UNTOUCHED_MS)
    const askedAt = Date.now()
    const views = await untilTerminal(client, accepted)
    const listed = await untilListed(client, ids, accepted)
    const ends = views.map((view) => Date.parse(view.end_time ?? ''))
    return {
      accepted: accepted.length,
      unanswered: executions + CONCURRENCY - accepted.length,
      endedBeforeKill: ends.filter((end) => end <= killedAt).length,
      completed: views.filter((view) => view.status === 'completed').length,
      failed: views.filter((view) => view.status !== 'completed').length,
      endedAfterUntouched: ends.filter((end) => end > askedAt).length,
      secondsFromRestartToLastEnd: (Math.max(...ends) - restartedAt) / 1000,
      listed: listed.length,
      calls: flaky.counts(),
      violations: findViolations(accepted, views, listed),
    }
  } finally {
    client.close()
    await server.kill()
    flaky.close()
  }
}

/** Kills while the last starts are still under way. What was answered 202 is accepted, and only that. */
async function startUntilKill(client: HttpClient, workflowIds: readonly string[], executions: number, kill: () => Promise<void>) {
  const accepted: Accepted[] = []
  let next = 0
  let killed: Promise<void> | null = null
  await inParallel(CONCURRENCY, async () => {
    while (next < executions + CONCURRENCY) {
      const number = next++
      const path = `/api/v1/workflows/${workflowIds[number % workflowIds.length]}/execute`
      const answer = await client.post(path, JSON.stringify({ inputs: killInputs(number) })).catch(() => null)
      if (answer === null && killed !== null) return
      const { data }: { data: { execution_id: string } } = JSON.parse(must(202, answer))
      accepted.push({ id: data.execution_id, number })
      if (accepted.length >= executions) killed ??= kill()
    }
  })
  await killed
  return accepted
}

async function untilTerminal(client: HttpClient, accepted: readonly Accepted[]): Promise<View[]> {
  const deadline = Date.now() + COMPLETE_WITHIN_MS
  const views: View[] = []
  const open = [...accepted]
  await inParallel(CONCURRENCY, async () => {
    for (let one = open.shift(); one !== undefined; one = open.shift()) {
      const { data }: { data: View } = JSON.parse(must(200, await client.get(`/api/v1/executions/${one.id}?include_logs=false`)))
      if (TERMINAL.has(data.status) || Date.now() > deadline) views.push(data)
      else {
        open.push(one)
        await sleep(100)
      }
    }
  })
  return views
}

type Listed = Pick<View, 'execution_id' | 'status'>

/** The whole list, as soon as every accepted execution is in it with a final status; at the latest after the deadline. */
async function untilListed(client: HttpClient, workflowIds: readonly string[], accepted: readonly Accepted[]): Promise<Listed[]> {
  const deadline = Date.now() + LISTED_WITHIN_MS
  for (;;) {
    const listed = (await Promise.all(workflowIds.map((id) => listAll(client, id)))).flat()
    const final = new Set(listed.filter((one) => TERMINAL.has(one.status)).map((one) => one.execution_id))
    if (accepted.every((one) => final.has(one.id)) || Date.now() > deadline) return listed
    await sleep(2_000)
  }
}

async function listAll(client: HttpClient, workflowId: string): Promise<Listed[]> {
  const listed: Listed[] = []
  for (let page = 1; page <= 100; page++) {
    const path = `/api/v1/workflows/${workflowId}/executions?per_page=100&page=${page}&sort_order=asc`
    const { data }: { data: Listed[] } = JSON.parse(must(200, await client.get(path)))
    listed.push(...data)
    if (data.length < 100) break
  }
  return listed
}

function findViolations(accepted: readonly Accepted[], views: readonly View[], listed: readonly Listed[]): string[] {
  const viewOf = new Map(views.map((view) => [view.execution_id, view]))
  const times = Map.groupBy(listed, (one) => one.execution_id)
  const repeated = [...times].filter(([, rows]) => rows.length > 1).map(([id, rows]) => `${id} is listed ${rows.length} times`)
  const wrong = accepted.flatMap(({ id, number }) => {
    const view = viewOf.get(id)
    const row = times.get(id)?.[0]
    if (view?.status !== 'completed') return [`${id} is ${view?.status ?? 'lost'}`]
    if (view.final_output !== number) return [`${id} answered ${JSON.stringify(view.final_output)} instead of ${number}`]
    return row?.status === 'completed' ? [] : [`${id} completed and is listed as ${row?.status ?? 'nothing'}`]
  })
  return [...repeated, ...wrong]
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work))
}

/** @throws when the answer has another status */
function must(status: number, answer: { readonly status: number; readonly body: string } | null): string {
  if (answer?.status !== status) throw new Error(`expected ${status}, got ${answer?.status}: ${answer?.body.slice(0, 300)}`)
  return answer.body
}
