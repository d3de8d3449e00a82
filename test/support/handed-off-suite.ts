// The contract of every node type that touches the world, as tests of such types. `handed-off-contracts.ts` has Millrace's own cases.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isJsonObject, type Json } from '../../src/core/json.ts'
import type { NodeErrorCode } from '../../src/core/node-error.ts'
import type { AttemptResult, HandedOffNodeType, NodeTypes } from '../../src/core/node-type.ts'
import { createGuardedFetch } from '../../src/runner/guarded-fetch.ts'
import { performAttempt } from '../../src/runner/perform-attempt.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { attemptDeps } from './attempt-deps.ts'
import { attemptTask } from './attempt-task.ts'
import { configIssues } from './config-issues.ts'
import { type ContractCase, CREDENTIAL, contractAnswers, type Deviation, type HandedOffContract } from './handed-off-contracts.ts'
import { mustFail } from './http-attempt.ts'
import { type MisbehavingServer, startMisbehavingServer } from './misbehaving-server.ts'

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
  'QUERY_ERROR',
  'MAIL_REFUSED',
])

/** Types that only compute, or start what runs dry itself. */
const RUN_DRY = ['code', 'workflow']

/** What kind of value it is; of an object its members. */
const outlineOf = (value: Json): Json =>
  isJsonObject(value) ? Object.keys(value).sort() : Array.isArray(value) ? 'list' : typeof value

/** Every type needs its contract. @param nodeTypes the registry that has the types @param answers of the server, beside its misdeeds */
export function describeHandedOff(
  types: readonly HandedOffNodeType[],
  contracts: Readonly<Record<string, HandedOffContract>>,
  nodeTypes: NodeTypes,
  answers = contractAnswers,
): void {
  let server: MisbehavingServer

  beforeAll(async () => {
    server = await startMisbehavingServer(answers)
  })
  afterAll(() => server.close())

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

  describe.each(types.map((type) => [type.type, type] as const))('%s', (name, type) => {
    const contract = contracts[name]
    if (contract === undefined) return

    /** A clause of the contract, or the reason why there is none. */
    function clause<Kept extends object>(
      title: string,
      given: Kept | Deviation | true,
      test: (kept: Kept) => Promise<void>,
    ): void {
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

    it('makes up what a dry run gives, in the shape that it really gives', async () => {
      if (type.syntheticOutput === undefined) {
        expect(RUN_DRY, 'in a dry run such a type is run: it must touch nothing but what it starts').toContain(name)
        return
      }
      const made = type.syntheticOutput(contract.completes(server).config, 'each[3].call')
      const result = await attempt(name, contract.completes(server))
      expect(JSON.parse(JSON.stringify(made))).toEqual(made)
      expect(result.kind === 'completed' && outlineOf(made)).toEqual(result.kind === 'completed' && outlineOf(result.output))
    })

    clause('tells what it took', contract.tells, async (names) => {
      const result = await attempt(name, contract.completes(server))
      expect(result.kind === 'completed' && Object.keys(result.metadata ?? {})).toEqual(expect.arrayContaining([...names]))
    })

    clause('tells what it took also where it fails', contract.tells, async () => {
      for (const [given, timeoutMs] of [[contract.isRefused, 20_000] as const, [contract.hangs, 30] as const]) {
        if ('because' in given) continue
        const result = await attempt(name, given(server), { timeoutMs })
        const told = result.kind === 'failed' ? Object.keys(result.metadata ?? {}) : []
        expect(told).toContain('latency_ms')
        if (contract.isTraced === true) expect(told).toEqual(expect.arrayContaining(['host', 'bytes_out', 'bytes_in']))
      }
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
}
