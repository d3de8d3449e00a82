// The invariants by the names under which they are reported, and the check of one decision against all of them.
import {
  aWakeHandlesWhatIsDue,
  cancelIsImmediate,
  decideDoesNotMutate,
  endedExactlyOnce,
  everyWaitingNodeHasAWakeTime,
  finalOutputIsOfTheEnds,
  finishedHasNothingLeft,
  firstAcceptedWins,
  noOpChangesNothing,
  outputsAndPathFollowTheNodes,
  seqIsContiguous,
  variablesFold,
} from './execution-invariants.ts'
import {
  aNodeLivesOnce,
  effectsAreTheAttemptsUnderWay,
  failuresTakeTheirWay,
  inputsAreTakenEdges,
  joinsDecideInTime,
  noOrphanNode,
  settledNodeNeverChanges,
  takenEdgesFollowPorts,
} from './node-invariants.ts'
import { aLeaseOutlastsItsAttempt, attemptsStayWithinThePolicy, retriesFollowThePolicy } from './retry-invariants.ts'
import { type Invariant, type Step, violation } from './step.ts'

const INVARIANTS = {
  'decide-does-not-mutate': decideDoesNotMutate,
  'no-op-changes-nothing': noOpChangesNothing,
  'seq-is-contiguous': seqIsContiguous,
  'first-accepted-wins': firstAcceptedWins,
  'settled-node-never-changes': settledNodeNeverChanges,
  'a-node-lives-once': aNodeLivesOnce,
  'no-orphan-node': noOrphanNode,
  'joins-decide-in-time': joinsDecideInTime,
  'every-waiting-node-has-a-wake-time': everyWaitingNodeHasAWakeTime,
  'a-wake-handles-what-is-due': aWakeHandlesWhatIsDue,
  'finished-has-nothing-left': finishedHasNothingLeft,
  'ended-exactly-once': endedExactlyOnce,
  'cancel-is-immediate': cancelIsImmediate,
  'effects-are-the-attempts-under-way': effectsAreTheAttemptsUnderWay,
  'attempts-stay-within-the-policy': attemptsStayWithinThePolicy,
  'retries-follow-the-policy': retriesFollowThePolicy,
  'a-lease-outlasts-its-attempt': aLeaseOutlastsItsAttempt,
  'taken-edges-follow-ports': takenEdgesFollowPorts,
  'failures-take-their-way': failuresTakeTheirWay,
  'inputs-are-taken-edges': inputsAreTakenEdges,
  'final-output-is-of-the-ends': finalOutputIsOfTheEnds,
  'variables-fold': variablesFold,
  'outputs-and-path-follow-the-nodes': outputsAndPathFollowTheNodes,
} as const satisfies Record<string, Invariant>

export function checkStep(step: Step): void {
  const { state } = step.decision
  if (state === null) return
  const checked = { ...step, after: state }
  for (const [name, invariant] of Object.entries(INVARIANTS)) {
    const broken = invariant(checked)
    if (broken !== null) throw violation(name, broken)
  }
}
