import { expect, it, vi } from 'vitest'
import { runInDurableObject } from 'cloudflare:test'
import { graph } from '../support/run.ts'
import { Outside } from '../support/outside.ts'
import { newId, startExecution, stubOf, view } from '../support/execution.ts'
it('http', async () => {
  const outside = new Outside(() => Response.json({ a: 1 }))
  const id = newId()
  const puts: unknown[] = []
  await runInDurableObject(stubOf(id), (_, ctx) => {
    const kv = ctx.storage.kv
    console.log(kv === ctx.storage.kv)
    const put = kv.put.bind(kv)
    kv.put = (k: string, v: unknown) => { puts.push(k); put(k, v) }
    const storage = ctx.storage
    const setAlarm = storage.setAlarm.bind(storage)
    storage.setAlarm = (at: number) => { puts.push('alarm'); return setAlarm(at) }
  })
  const a = await startExecution(id, graph([{ id: 'a', type: 'http', config: { url: 'http://127.0.0.1/x' } }], []), { wait: true })
  console.log(JSON.stringify(a), outside.requests[0]?.url, [...outside.requests[0]!.headers], puts)
})
