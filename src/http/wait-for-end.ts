// Waits for an execution's end over one WebSocket to its object, which may hibernate meanwhile. The wait is the Worker's: an
// object that waited would be billed for it.
import { z } from 'zod'
import type { ExecutionRpc } from '../execution/contract.ts'
import { communityHeader } from './stream-request.ts'

const endFrameSchema = z.object({ type: z.literal('end') })

/** True once the execution has ended, false after `timeoutMs`, or where the stream breaks off. */
export async function waitForEnd(execution: ExecutionRpc, communityId: string, timeoutMs: number): Promise<boolean> {
  const socket = await openStream(execution, communityId)
  if (socket === null) return false
  return new Promise((resolve) => {
    const finish = (ended: boolean) => {
      clearTimeout(timer)
      resolve(ended)
      socket.close(1000)
    }
    const timer = setTimeout(() => finish(false), timeoutMs)
    socket.addEventListener('message', ({ data }) => {
      if (isEndFrame(data)) finish(true)
    })
    socket.addEventListener('close', () => finish(false))
    socket.addEventListener('error', () => finish(false))
    socket.accept()
  })
}

async function openStream(execution: ExecutionRpc, communityId: string): Promise<WebSocket | null> {
  // Errors are the fewest events, and the `end` frame is none: the filter keeps the backlog short.
  const request = new Request('https://execution/stream?after=0&level=error', {
    headers: { Upgrade: 'websocket', ...communityHeader(communityId) },
  })
  return (await execution.fetch(request)).webSocket
}

const isEndFrame = (data: unknown): boolean => typeof data === 'string' && endFrameSchema.safeParse(JSON.parse(data)).success
