// Answers an approval, for whoever has a key or a signed link: once, and with a form that fits.
import { validateForm } from '../../core/input-schema.ts'
import { type JsonObject, jsonByteLength } from '../../core/json.ts'
import { MAX_SIGNAL_BYTES } from '../../core/limits.ts'
import type { Asker, Refusal } from '../../execution/contract.ts'
import type { ApprovalView } from '../../history/approval-view.ts'
import { isoTime } from '../../history/iso-time.ts'
import type { AppDeps } from '../deps.ts'
import { ApiError } from '../errors.ts'
import { SECONDS_UNTIL_KEPT_SIGNALS_MAY_BE_FEWER } from '../limits.ts'
import type { AnswerBody } from './approval-schema.ts'
import { formOfFields } from './page-form.ts'
import { refuseUnknown } from './refuse-unknown.ts'

/** Which approval; `epoch` null: as it is now. */
export interface ApprovalPlace {
  readonly executionId: string
  readonly communityId: Asker
  readonly node: string
  readonly epoch: number | null
}

/** @throws ApiError where there is none, or the link is of an earlier epoch */
export async function readApproval(
  deps: AppDeps,
  { executionId, communityId, node, epoch }: ApprovalPlace,
): Promise<ApprovalView> {
  const view = await deps.execution(executionId).approval(communityId, node)
  if (view === null) {
    if (communityId !== null && (await deps.execution(executionId).definition(communityId)) !== null)
      throw new ApiError('NOT_FOUND', `Execution ${executionId} has no approval ${node}`)
    return refuseUnknown(deps, executionId, communityId)
  }
  if (epoch !== null && epoch !== view.epoch) throw refusal('SUPERSEDED_EPOCH')
  return view
}

/** Answers how the approval stands then. @throws ApiError where it cannot be answered, or not so */
export async function giveAnswer(deps: AppDeps, place: ApprovalPlace, body: AnswerBody, by: string): Promise<ApprovalView> {
  const view = await readApproval(deps, place)
  if (view.status === 'answered') throw refusal('ALREADY_ANSWERED')
  if (view.status === 'closed') throw refusal('NOT_WAITING_FOR_IT')
  const { executionId, communityId, node } = place
  const { decision, comment = null } = body
  assertSize(body)
  const form = readForm(view, body)
  const answer = { decision, by, via: communityId === null ? 'link' : 'key', comment, form } as const
  const given = await deps.execution(executionId).approve({ communityId, node, epoch: view.epoch, answer })
  if (given.kind === 'not_found') return refuseUnknown(deps, executionId, communityId)
  if (given.kind === 'refused') throw refusal(given.reason)
  const { status, epoch, at } = given
  const counted: ApprovalView['answer'] = { decision, by, via: answer.via, at: isoTime(at) }
  return { ...view, execution_status: status, epoch, status: 'answered', until: null, answer: counted }
}

/** Before it is held against a schema, which takes time. @throws ApiError */
function assertSize({ comment, form, fields }: AnswerBody): void {
  if (jsonByteLength([comment ?? null, form ?? null, fields ?? null]) > MAX_SIGNAL_BYTES)
    throw new ApiError('PAYLOAD_TOO_LARGE', `The comment and the form have at most ${MAX_SIGNAL_BYTES} bytes as JSON`)
}

/** Null where there is none: a rejection needs none. @throws ApiError where it does not fit */
function readForm({ form: schema }: ApprovalView, { decision, form, fields }: AnswerBody): JsonObject | null {
  // The page sends what was filled in whichever button was pressed.
  const given = form ?? (fields !== undefined && decision === 'approved' ? formOfFields(schema, fields) : undefined)
  if (schema === null || (given === undefined && decision === 'rejected')) return given ?? null
  const issues = validateForm(schema, given ?? {})
  if (issues.length > 0) throw new ApiError('VALIDATION_FAILED', `The form does not fit: ${issues[0]?.message}`, { issues })
  return given ?? {}
}

function refusal(reason: Refusal): ApiError {
  switch (reason) {
    case 'SUPERSEDED_EPOCH':
    case 'UNKNOWN_NODE':
      return new ApiError('GONE', 'This link is of an earlier run of the execution, which has asked anew since')
    case 'TOO_MANY_SIGNALS':
      return new ApiError('RATE_LIMITED', 'The execution keeps as many early answers as it may', {
        retryAfterSeconds: SECONDS_UNTIL_KEPT_SIGNALS_MAY_BE_FEWER,
      })
    case 'ALREADY_ANSWERED':
      return new ApiError('CONFLICT', 'This has been answered already')
    default:
      return new ApiError('CONFLICT', 'This cannot be answered any more: the execution does not wait for it')
  }
}
