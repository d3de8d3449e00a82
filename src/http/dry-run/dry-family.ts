// What the executions of one dry run share, and how they start each other: by the rules of the Runner, but here. Ids and links look
// like real ones and lead nowhere.
import { createHash } from 'node:crypto'
import type { NodeTypes, RunCode, StartChild } from '../../core/node-type.ts'
import type { StartAnswer, StartRequest } from '../../execution/contract.ts'
import { isoTime } from '../../history/iso-time.ts'
import type { StoredWorkflow } from '../../history/workflow-store.ts'
import { derivedId } from '../../runner/derived-id.ts'
import { type StartChildDeps, startChild } from '../../runner/start-child.ts'
import { shardIdParts, startShard } from '../../runner/start-shard.ts'
import type { AttemptTask } from '../../runner/task.ts'
import type { DryRunBudget } from './budget.ts'
import { DryExecution } from './dry-execution.ts'
import { dryId } from './dry-id.ts'
import { KeptPayloads } from './kept-payloads.ts'
import { MadeUp } from './made-up.ts'
import { childPlace, shardPlace } from './place.ts'

export interface DryFamilyDeps {
  readonly nodeTypes: NodeTypes
  readonly budget: DryRunBudget
  readonly runCode: RunCode
  /** Null where the community has no such workflow, or not that version. */
  findWorkflow(communityId: string, workflowId: string, version: number | null): Promise<StoredWorkflow | null>
  readonly mayStart: StartChildDeps['mayStart']
  /** Whether the answer may show what that workflow does inside. */
  mayView(workflowId: string): Promise<boolean>
  /** Random: signs links that no execution accepts. */
  readonly linkSecret: string
}

export class DryFamily {
  readonly nodeTypes: NodeTypes
  readonly budget: DryRunBudget
  readonly runCode: RunCode
  readonly payloads = new KeptPayloads()
  readonly madeUp = new MadeUp()
  readonly #deps: DryFamilyDeps
  /** What was found of each workflow. */
  readonly #views = new Map<string, boolean>()

  constructor(deps: DryFamilyDeps) {
    this.nodeTypes = deps.nodeTypes
    this.budget = deps.budget
    this.runCode = deps.runCode
    this.#deps = deps
  }

  /** Of a shard there is nothing of its own to be seen. */
  async mayView({ state: { identity } }: DryExecution): Promise<boolean> {
    const { shard, workflowId } = identity
    if (shard === true || workflowId === null) return true
    const known = this.#views.get(workflowId) ?? (await this.#deps.mayView(workflowId))
    this.#views.set(workflowId, known)
    return known
  }

  /** For the node of that attempt. */
  childStarter(parent: DryExecution, task: AttemptTask): StartChild {
    const { findWorkflow, mayStart, linkSecret } = this.#deps
    return (request) =>
      startChild(task, request, {
        findWorkflow,
        mayStart,
        execution: () => ({
          start: async (order) => this.#prepareChild(parent, task, order),
          // A retried node starts another one.
          recoverChild: async () => false,
        }),
        derivedId: (parts) => dryId(derivedId(undefined, parts)),
        linkSecret,
        hash: (text) => createHash('sha256').update(text).digest('hex'),
      })
  }

  shardStarter(parent: DryExecution, task: AttemptTask): () => Promise<string> {
    const { executionId, node, run, child } = task
    const parts = shardIdParts({ executionId, node, run, failures: child?.parent.failures ?? 0 })
    return () =>
      startShard(task, {
        execution: () => ({ start: async (order) => this.#prepareChild(parent, task, order) }),
        linkSecret: this.#deps.linkSecret,
        childId: () => dryId(derivedId(undefined, parts)),
      })
  }

  /** It has its parent's present; whoever made the attempt runs it, outside of what would try again where that throws. */
  #prepareChild(parent: DryExecution, { node }: AttemptTask, { wait: _, ...order }: StartRequest): StartAnswer {
    const { enclosing, definition, identity } = order
    const child = new DryExecution(this, order, {
      now: parent.now,
      place: enclosing === undefined ? childPlace(parent.place, node) : shardPlace(parent.place, node, enclosing.slice.offset),
      mocks: enclosing === undefined ? parent.mocks.within(parent.place.local(node), definition.nodes) : parent.mocks,
    })
    parent.children.set(node, [...(parent.children.get(node) ?? []), child])
    const { executionId: execution_id, workflowVersion: workflow_version, configHash: config_hash } = identity
    const summary = {
      execution_id,
      workflow_version,
      config_hash,
      status: 'pending',
      start_time: isoTime(parent.now),
      execution_path: [],
    }
    return { kind: 'started', summary, view: null }
  }
}
