// The answers of the API as types, for its clients: all that they may import. No code.
import type { z } from 'zod'
import type { controlledSchema } from './control-execution.ts'

export type { JsonObject } from '../core/json.ts'
export type { EventFrame } from '../history/event-frame.ts'
export type { ExecutionView } from '../history/execution-view.ts'
export type { NodeView } from '../history/node-view.ts'
export type { RequestIssue } from './errors.ts'
export type { ExecutionItem } from './listed-execution.ts'

export type ControlledExecution = z.infer<typeof controlledSchema>
