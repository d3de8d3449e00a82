// The first moment of an execution: its roots run, and its time limit counts from here.
import { advanceFrom } from './advance.ts'
import { rootsOf } from './graph.ts'
import { instanceOf } from './instance.ts'
import type { Transition } from './transition.ts'

export function begin(transition: Transition): void {
  transition.emit({ type: 'execution.started' })
  advanceFrom(
    transition,
    rootsOf(transition.draft.graph).map((node) => instanceOf('', node)),
  )
}
