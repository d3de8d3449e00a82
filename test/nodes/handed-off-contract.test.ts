// The contract of every node type that touches the world (test/support/handed-off-contracts.ts has the cases).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeErrorCode } from '../../src/core/node-error.ts'
import type { AttemptResult } from '../../src/core/node-type.ts'
import { nodeTypes } from '../../src/nodes/registry.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptDeps } from '../support/attempt-deps.ts'
import { attemptTask } from '../support/attempt-task.ts'
import { configIssues } from '../support/config-issues.ts'
import { type ContractCase, CREDENTIAL, contractAnswers, contracts, type Deviation } from '../support/handed-off-contracts.ts'
import { mustFail } from '../support/http-attempt.ts'
import { type MisbehavingServer, startMisbehavingServer } from '../support/misbehaving-server.ts'

let server: MisbehavingServer

beforeAll(async () => {
  server = await startMisbehavingServer(contractAnswers)
})
afterAll(() => server.close())

const handedOff = nodeTypes.all.filter((type) => type.kind === 'handed_off')

/** What such a node's failures may be called (SPEC §5); the rest are the engine's. */
const CODES: ReadonlySet<string> = new Set<NodeErrorCode>([
  'CONFIG_INVALID',
  'INPUT_INVALID',
  'ADDRESS_BLOCKED',
  'NETWORK_ERROR',
  'HTTP_STATUS',
  'RESPONSE_TOO_LARGE',
  'RESPONSE_INVALID',
  'NODE_TIMEOUT',
  'OUTPUT_TOO_LARGE',
  'SECRET_MISSING',
  'CODE_ERROR',
  'CODE_LIMIT',
  'MODEL_ERROR',
])

function attempt(nodeType: string, { config, deps }: ContractCase, over: Partial<AttemptTask> = {}): Promise<AttemptResult> {
  const allowances = { privateNetwork: false, hosts: new Set([server.host]) }
  return performAttempt(
    attemptTask({ nodeType, config, ...over }),
    attemptDeps({
      nodeTypes,
      fetch: createGuardedFetch({ fetch, allowances }),
      rememberWithin: () => async (_key, _ttl, make) => ({ text: (await make()).text, isMade: true }),
      ...deps,
    }),
  )
}

it('every handed-off type has its row, and no other', () => {
  expect(Object.keys(contracts).sort()).toEqual(handedOff.map(({ type }) => type).sort())
})

describe.each(handedOff.map((type) => [type.type, type] as const))('%s', (name, type) => {
  const contract = contracts[name]
  if (contract === undefined) return

  /** A clause of the contract, or the reason why there is none. */
  function clause<Kept extends object>(title: string, given: Kept | Deviation | true, test: (kept: Kept) => Promise<void>): void {
    if (given !== true && 'because' in given)
      it(`${title} (not this type: ${given.because})`, () => expect(given.because).not.toBe(''))
    else it(title, () => test(given as Kept))
  }

  const failureOf = async (given: (server: MisbehavingServer) => ContractCase, over?: Partial<AttemptTask>) => {
    const error = mustFail(await attempt(name, given(server), over))
    expect(CODES).toContain(error.code)
    expect(error.message).toMatch(/\S/)
    expect(JSON.parse(JSON.stringify(error))).toEqual(error)
    return error
  }

  it('shows an example that validates', () => {
    expect(configIssues(type, type.example)).toEqual([])
  })

  it('refuses a config that does not fit, and says where', async () => {
    const error = await failureOf(() => ({ config: {} }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
    expect(error.message).toMatch(/^config\.\w+: /)
  })

  it('gives JSON', async () => {
    const result = await attempt(name, contract.completes(server))
    expect(['completed', 'child']).toContain(result.kind)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  clause('tells what it took', contract.tells, async (names) => {
    const result = await attempt(name, contract.completes(server))
    expect(result.kind === 'completed' && Object.keys(result.metadata ?? {})).toEqual(expect.arrayContaining([...names]))
  })

  clause('ends at its timeout', contract.hangs, async (hangs) => {
    const error = await failureOf(hangs, { timeoutMs: 30 })
    expect(error).toEqual({ code: 'NODE_TIMEOUT', message: 'The attempt took longer than 0.03 s.', retryable: true })
  })

  clause('lets go of the other side at its timeout', contract.letsGo, async () => {
    if ('because' in contract.hangs) throw new TypeError('what lets go hangs first')
    const abandoned = server.abandoned()
    await attempt(name, contract.hangs(server), { timeoutMs: 30 })
    await abandoned
  })

  clause('comes again when the other side wants it to', contract.isBusy, async (isBusy) => {
    expect(await failureOf(isBusy)).toMatchObject({ retryable: true, retry_after_seconds: 7 })
  })

  clause('comes again after a broken connection', contract.breaks, async (breaks) => {
    expect(await failureOf(breaks)).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  clause('does not come again where that would not help', contract.isRefused, async (isRefused) => {
    expect(await failureOf(isRefused)).toMatchObject({ retryable: false })
  })

  clause('stays away from private addresses', contract.isPrivate, async (isPrivate) => {
    expect(await failureOf(isPrivate)).toMatchObject({ code: 'ADDRESS_BLOCKED', retryable: false })
  })

  clause('shows no credential, also where the other side repeats it', contract.repeats, async (repeats) => {
    expect(JSON.stringify(await failureOf(repeats))).not.toContain(CREDENTIAL)
  })

  clause('says by whom and for what it calls', contract.isTraced, async () => {
    const before = server.requests.length
    await attempt(name, contract.completes(server), { node: 'each[3].call', run: 2 })
    const calls = server.requests.slice(before)
    expect(calls).not.toEqual([])
    for (const { headers } of calls) {
      expect(headers['idempotency-key']).toMatch(/^e1e1e1e1e1e1e1e1\.each\[3\]\.call\.2/)
      expect(headers.traceparent).toBe('00-a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0-e1e1e1e1e1e1e1e1-01')
    }
  })
})
