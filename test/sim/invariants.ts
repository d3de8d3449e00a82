// The invariants by the names under which they are reported, and the check of one decision against all of them.
import * as counters from './counter-invariants.ts'
import * as executions from './execution-invariants.ts'
import { instancesOf } from './instances.ts'
import { aNodeLivesOnce } from './life-model.ts'
import * as loops from './loop-invariants.ts'
import * as nodes from './node-invariants.ts'
import { recoveryRerunsWhatDidNotSucceed } from './recovery-invariants.ts'
import * as retries from './retry-invariants.ts'
import { type Invariant, type Step, violation } from './step.ts'
import { variablesFold } from './variable-invariants.ts'
import * as waits from './wait-invariants.ts'

const INVARIANTS = {
  'decide-does-not-mutate': executions.decideDoesNotMutate,
  'no-op-changes-nothing': executions.noOpChangesNothing,
  'nothing-is-thrown': executions.nothingIsThrown,
  'seq-is-contiguous': executions.seqIsContiguous,
  'first-accepted-wins': executions.firstAcceptedWins,
  'settled-node-never-changes': nodes.settledNodeNeverChanges,
  'a-node-lives-once': aNodeLivesOnce,
  'no-orphan-node': nodes.noOrphanNode,
  'joins-decide-in-time': nodes.joinsDecideInTime,
  'every-waiting-node-has-a-wake-time': executions.everyWaitingNodeHasAWakeTime,
  'a-wake-handles-what-is-due': executions.aWakeHandlesWhatIsDue,
  'finished-has-nothing-left': executions.finishedHasNothingLeft,
  'ended-exactly-once': executions.endedExactlyOnce,
  'cancel-is-immediate': executions.cancelIsImmediate,
  'checkpoints-change-nothing': executions.checkpointsChangeNothing,
  'effects-are-the-attempts-under-way': nodes.effectsAreTheAttemptsUnderWay,
  'attempts-stay-within-the-policy': retries.attemptsStayWithinThePolicy,
  'retries-follow-the-policy': retries.retriesFollowThePolicy,
  'a-lease-outlasts-its-attempt': retries.aLeaseOutlastsItsAttempt,
  'taken-edges-follow-ports': nodes.takenEdgesFollowPorts,
  'the-first-failure-ends-its-run': nodes.theFirstFailureEndsItsRun,
  'failures-take-their-way': nodes.failuresTakeTheirWay,
  'inputs-are-taken-edges': nodes.inputsAreTakenEdges,
  'final-output-is-of-the-ends': executions.finalOutputIsOfTheEnds,
  'variables-fold': variablesFold,
  'outputs-and-path-follow-the-nodes': executions.outputsAndPathFollowTheNodes,
  'unsettled-is-counted': counters.unsettledIsCounted,
  'instances-are-counted': counters.instancesAreCounted,
  'kept-characters-are-counted': counters.keptCharactersAreCounted,
  'loops-count-their-iterations': loops.loopsCountTheirIterations,
  'concurrency-is-kept': loops.concurrencyIsKept,
  'for-each-gives-its-results-in-order': loops.forEachGivesItsResultsInOrder,
  'loop-states-are-a-chain': loops.loopStatesAreAChain,
  'rounds-begin-while-it-holds': loops.roundsBeginWhileItHolds,
  'item-errors-are-the-loops': loops.itemErrorsAreTheLoops,
  'bodies-see-their-iteration': loops.bodiesSeeTheirIteration,
  'nothing-outlives-its-loop': loops.nothingOutlivesItsLoop,
  'signals-are-consumed-once': waits.signalsAreConsumedOnce,
  'no-signal-is-left-waited-for': waits.noSignalIsLeftWaitedFor,
  'signals-go-to-who-waits-longest': waits.signalsGoToWhoWaitsLongest,
  'consumers-take-the-oldest': waits.consumersTakeTheOldest,
  'waits-know-their-beginning': waits.waitsKnowTheirBeginning,
  'answers-are-for-this-epoch': waits.answersAreForThisEpoch,
  'approvals-are-answered-once': waits.approvalsAreAnsweredOnce,
  'children-are-heard': waits.childrenAreHeard,
  'orphans-are-cancelled': waits.orphansAreCancelled,
  'nothing-starts-while-paused': waits.nothingStartsWhilePaused,
  'pauses-take-turns': waits.pausesTakeTurns,
  'recovery-reruns-what-did-not-succeed': recoveryRerunsWhatDidNotSucceed,
} as const satisfies Record<string, Invariant>

export function checkStep(step: Step): void {
  const { state } = step.decision
  if (state === null) return
  const instances = instancesOf(state)
  const changed = instances.filter(({ path, state: node }) => step.nodesBefore.get(path) !== node && !step.given.has(path))
  const checked = { ...step, after: state, instances, changed }
  for (const [name, invariant] of Object.entries(INVARIANTS)) {
    const broken = invariant(checked)
    if (broken !== null) throw violation(name, broken)
  }
}
