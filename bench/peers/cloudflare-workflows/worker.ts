// Cloudflare Workflows as they come: an instance per execution, each `step.do` takes its predecessor's value and returns a
// small one. POST /run?steps=10|100|http answers when the instance is done.
//
// The end is what the platform says it is: `status()`, looked at every 5 ms (other intervals and `subscribe()` are no faster).
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers'

interface Env {
  readonly CHAIN: Workflow<Params>
  /** Answers after 20 ms. */
  readonly SLOW_URL: string
}

interface Params {
  readonly steps: string
}

const LOOK_AGAIN_MS = 5

export class Chain extends WorkflowEntrypoint<Env, Params> {
  override async run(event: Readonly<WorkflowEvent<Params>>, step: WorkflowStep): Promise<number> {
    const { steps } = event.payload
    return steps === 'http' ? this.callThrice(step) : addOnes(step, Number(steps))
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
    const instance = await env.CHAIN.create({ params: { steps } })
    for (;;) {
      const { status, output, error } = await instance.status()
      if (status === 'complete') return Response.json({ value: output })
      if (status === 'errored' || status === 'terminated') return Response.json({ status, error }, { status: 500 })
      await scheduler.wait(LOOK_AGAIN_MS)
    }
  },
}
