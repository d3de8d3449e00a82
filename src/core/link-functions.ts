// Functions that make signed links. Part of the table in `functions.ts`.
import type { Evaluation, LinkRequest } from './expression-evaluation.ts'
import type { Arguments, ExpressionFunction } from './expression-function.ts'

function makeLink(kind: LinkRequest['kind'], args: Arguments, run: Evaluation): string {
  const answer = run.context.link({ kind, target: args.text(0) })
  if ('refused' in answer) throw args.error(answer.refused)
  return answer.url
}

export const LINK_FUNCTIONS: readonly ExpressionFunction[] = [
  {
    name: 'approval_url',
    parameters: ['node_id: string'],
    returns: 'string',
    summary: 'A signed link with which anyone answers that approval node, once. In a loop: that of the same iteration.',
    example: 'approval_url("review").startsWith("https://")',
    result: true,
    evaluate: (args, run) => makeLink('approval', args, run),
  },
  {
    name: 'event_url',
    parameters: ['event: string'],
    returns: 'string',
    summary: 'A signed link; what is posted to it is delivered to this execution as that event.',
    example: 'event_url("paid").startsWith("https://")',
    result: true,
    evaluate: (args, run) => makeLink('event', args, run),
  },
]
