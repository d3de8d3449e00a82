// What one execution is billed for over its whole life: start, the alarm that checks its history, the one that removes it
// after retention. Of Millrace as its tests count it; the run prints the rows that it finds on disk beside it. Of Cloudflare
// Workflows only the steps, which are published.
import type { Kind } from './kind.ts'
import type { BillableUnits } from './prices.ts'

export const MILLRACE_UNITS: Readonly<Record<Kind, BillableUnits>> = {
  '10': { objectRowsWritten: 4, d1RowsWritten: 3, queueMessages: 1, objectRequests: 3 },
  '100': { objectRowsWritten: 4, d1RowsWritten: 3, queueMessages: 1, objectRequests: 3 },
  http: { objectRowsWritten: 7, d1RowsWritten: 3, queueMessages: 1, objectRequests: 3 },
}

export const WORKFLOWS_UNITS: Readonly<Record<Kind, BillableUnits>> = {
  '10': { workflowSteps: 10 },
  '100': { workflowSteps: 100 },
  http: { workflowSteps: 3 },
}
