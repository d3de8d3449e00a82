// Cloudflare Workflows as they come: an instance per execution, each `step.do` takes its predecessor's value and returns a
// small one. POST /run?steps=10|100|http answers when the instance is done.
//
// How the answer learns of the end was measured (polling `status()` every 1, 5 and 20 ms, `subscribe()`, a signal in memory
// as the workflow's last act). All are within noise at 8 callers; at one caller `subscribe()` costs a fifth with 100 steps,
// because it walks every event. The signal adds nothing at all, so it is used, although it answers before the engine has
// committed the instance's end and needs both sides in one isolate, which only the local emulation promises.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers'

interface Env {
  readonly CHAIN: Workflow<Params>
  /** Answers after 20 ms. */
  readonly SLOW_URL: string
}

interface Params {
  readonly steps: string
  readonly token: string
}

const GIVE_UP_MS = 100_000

/** Requests that wait for their instance, by token: emptied as they are answered. */
const waiting = new Map<string, (value: number) => void>()

export class Chain extends WorkflowEntrypoint<Env, Params> {
  override async run(event: Readonly<WorkflowEvent<Params>>, step: WorkflowStep): Promise<number> {
    const { steps, token } = event.payload
    const value = steps === 'http' ? await this.callThrice(step) : await addOnes(step, Number(steps))
    waiting.get(token)?.(value)
    return value
  }

  private async callThrice(step: WorkflowStep): Promise<number> {
    let value = 0
    for (let call = 1; call <= 3; call++) {
      const before = value
      value = await step.do(`call${call}`, async () => {
        const response = await fetch(this.env.SLOW_URL)
        const body: { readonly one: number } = await response.json()
        return before + body.one
      })
    }
    return value
  }
}

async function addOnes(step: WorkflowStep, steps: number): Promise<number> {
  let value = 0
  for (let n = 1; n <= steps; n++) {
    const before = value
    value = await step.do(`n${n}`, async () => before + 1)
  }
  return value
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const steps = new URL(request.url).searchParams.get('steps')
    if (steps === null) return new Response('ready')
    const token = crypto.randomUUID()
    const { promise, resolve } = Promise.withResolvers<number>()
    waiting.set(token, resolve)
    try {
      await env.CHAIN.create({ params: { steps, token } })
      // Beside bounding the wait, the timer keeps the runtime from taking a request without I/O of its own for hung.
      const value = await Promise.race([promise, scheduler.wait(GIVE_UP_MS)])
      return Response.json({ value }, { status: value === undefined ? 504 : 200 })
    } finally {
      waiting.delete(token)
    }
  },
}
