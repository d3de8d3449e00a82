// What a `database-query` makes of servers that do not behave: each says what the test tells it to, in the protocol's bytes.
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { MAX_QUERY_WIRE_BYTES } from '../../src/core/limits.ts'
import type { NodeError } from '../../src/core/node-error.ts'
import type { AttemptTask } from '../../src/runner/task.ts'
import { mustFail } from '../support/http-attempt.ts'
import { queryAttempt } from '../support/query-attempt.ts'
import { postgresError, postgresMessage, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts'

const PASSWORD = 'correct%20horse'
const int16 = (value: number) => Buffer.from([value >> 8, value & 255])
const LET_IN = Buffer.concat([postgresMessage('R', Buffer.alloc(4)), postgresMessage('Z', 'I')])
const DONE = Buffer.concat([postgresMessage('C', 'BEGIN\0'), postgresMessage('Z', 'T')])

let server: ScriptedServer | undefined
afterEach(() => server?.close())

async function failure(
  protocol: string,
  talk: Parameters<typeof startScriptedServer>[0],
  {
    query = '?sslmode=disable',
    config = {},
    over = {},
  }: { query?: string; config?: JsonObject; over?: Partial<AttemptTask> } = {},
): Promise<NodeError> {
  server = await startScriptedServer(talk)
  const url = `${protocol}://ada:${PASSWORD}@${server.host}/shop${query}`
  const error = mustFail(await queryAttempt(url, { sql: 'select $1', params: ['x'], ...config }, over))
  expect(JSON.stringify(error)).not.toMatch(/correct( |%20)horse/)
  await expect.poll(() => server?.open()).toBe(0)
  return error
}

/** Answers as PostgreSQL does until the statement comes, and then with `answer`. */
const postgresUpTo = (answer: (socket: Parameters<Parameters<typeof startScriptedServer>[0]>[0]) => unknown) => {
  const turns = [LET_IN, DONE, DONE]
  return (socket: Parameters<Parameters<typeof startScriptedServer>[0]>[0]) =>
    socket.on('data', () => {
      const turn = turns.shift()
      if (turn === undefined) answer(socket)
      else socket.write(turn)
    })
}

/** A message of the length that it says it has, whatever is in it. */
const postgresBytes = (type: string, length: number, body: readonly number[] = []) =>
  Buffer.concat([Buffer.from(type), Buffer.from([0, 0, 0, length]), Buffer.from(body)])

describe('PostgreSQL', () => {
  it.each([
    ['an error without fields', postgresBytes('E', 4)],
    ['an error without an end', postgresBytes('E', 6, [0x7f, 0xff])],
    ['an error that lacks the end of its fields', postgresBytes('E', 7, [0x53, 0x61, 0])],
    ['a notice without an end', postgresBytes('N', 6, [0x53, 0x61])],
    ['columns that are not there', postgresBytes('T', 6, [0x7f, 0xff])],
    ['a length that is none', postgresBytes('C', 3)],
  ])('that sends %s is not heard any longer', async (_, bytes) => {
    for (const talk of [postgresUpTo((socket) => socket.write(bytes)), postgresUpTo((socket) => [...bytes].map((byte) => socket.write(Uint8Array.of(byte))))]) // biome-ignore format: two ways
      expect(await failure('postgres', talk)).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  it.each([
    ['28P01', 'password authentication failed', false],
    ['28000', 'no pg_hba.conf entry', false],
    ['3D000', 'database "shop" does not exist', false],
    ['53300', 'sorry, too many clients already', true],
    ['57P03', 'the database system is starting up', true],
  ])('that does not let in with %s', async (code, message, retryable) => {
    const error = await failure('postgres', (socket) => socket.on('data', () => socket.end(postgresError(code, message))))
    expect(error).toEqual({ code: 'QUERY_ERROR', message, retryable, cause: { code } })
  })

  it.each([
    ['40001', true],
    ['40P01', true],
    ['55P03', true],
    ['57P01', true],
    ['08006', true],
    ['23505', false],
    ['42501', false],
    ['53100', false],
  ])('that refuses the statement with %s: again %s', async (code, retryable) => {
    const error = await failure(
      'postgres',
      postgresUpTo((socket) => socket.write(postgresError(code, 'no'))),
    )
    expect(error).toMatchObject({ code: 'QUERY_ERROR', retryable, cause: { code } })
  })

  it('that stops the statement by its own clock', async () => {
    const error = await failure(
      'postgres',
      postgresUpTo((socket) => socket.write(postgresError('57014', 'canceling statement'))),
    )
    expect(error).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
  })

  it.each([
    ['before it lets in', (socket: { destroy(): unknown }) => void socket.destroy()],
    ['in the middle of the answer', postgresUpTo((socket) => socket.end(postgresMessage('t', int16(1)).subarray(0, 4)))],
  ])('that hangs up %s', async (_, talk) => {
    expect(await failure('postgres', talk)).toMatchObject({
      code: 'NETWORK_ERROR',
      message: `The connection to postgres://${server?.host} failed.`,
      retryable: true,
    })
  })

  it('that is something else', async () => {
    const error = await failure('postgres', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), {
      over: { timeoutMs: 300 },
    })
    expect(error.code).toMatch(/^(NETWORK_ERROR|NODE_TIMEOUT)$/)
  })

  it('that does no TLS, where the URL does not do without', async () => {
    const error = await failure('postgres', (socket) => socket.on('data', () => socket.write('N')), { query: '' })
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', message: expect.stringContaining('sslmode=disable'), retryable: false })
  })

  it('that never answers', async () => {
    const error = await failure('postgres', () => {}, { over: { timeoutMs: 50 } })
    expect(error).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
  })

  it('that sends without end, in one message', async () => {
    const error = await failure(
      'postgres',
      postgresUpTo((socket) => {
        const head = Buffer.alloc(5, 0xff)
        head.write('D')
        head[1] = 0x7f
        socket.write(head)
        const chunk = Buffer.alloc(64 * 1024)
        const write = () => {
          while (!socket.destroyed && socket.write(chunk)) {}
        }
        socket.on('drain', write)
        write()
      }),
    )
    expect(error).toMatchObject({ code: 'RESPONSE_TOO_LARGE', message: expect.stringContaining(String(MAX_QUERY_WIRE_BYTES)) })
  })
})

describe('MySQL', () => {
  /** An error packet in place of the greeting. */
  const refusal = (errno: number, message: string) => {
    const body = Buffer.concat([Buffer.from([0xff, errno & 255, errno >> 8]), Buffer.from(`#08004${message}`)])
    return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body])
  }

  it.each([
    [1040, true],
    [1203, true],
    [1129, false],
  ])('that does not let in with %i: again %s', async (errno, retryable) => {
    const error = await failure('mysql', (socket) => socket.end(refusal(errno, 'no')))
    expect(error).toMatchObject({ code: 'QUERY_ERROR', retryable, cause: { errno } })
  })

  it('that hangs up', async () => {
    const error = await failure('mysql', (socket) => socket.end())
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
  })

  it('that is something else', async () => {
    const error = await failure('mysql', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), {
      over: { timeoutMs: 300 },
    })
    expect(error.code).toMatch(/^(NETWORK_ERROR|NODE_TIMEOUT)$/)
  })

  it('that never answers', async () => {
    expect(await failure('mysql', () => {}, { over: { timeoutMs: 50 } })).toMatchObject({ code: 'NODE_TIMEOUT', retryable: true })
  })
})

describe('an address', () => {
  it.each([
    ['postgres://ada:pw-of-ada@169.254.169.254/shop', 'ADDRESS_BLOCKED'],
    ['mysql://ada:pw-of-ada@10.0.0.1/shop', 'ADDRESS_BLOCKED'],
    ['postgres://ada:pw-of-ada@0x0a.1:5432/shop', 'ADDRESS_BLOCKED'],
    ['postgres://ada:pw-of-ada@localhost/shop', 'ADDRESS_BLOCKED'],
    ['postgres://ada:pw-of-ada@[::1]/shop', 'ADDRESS_BLOCKED'],
    ['postgres://ada:pw-of-ada@127.0.0.1:25/shop', 'ADDRESS_BLOCKED'],
  ])('that may not be reached is not: %s', async (url, code) => {
    expect(mustFail(await queryAttempt(url, { sql: 'select 1' }))).toMatchObject({ code, retryable: false })
  })

  it('where nobody listens', async () => {
    for (const protocol of ['postgres', 'mysql']) {
      const error = mustFail(await queryAttempt(`${protocol}://ada:pw@127.0.0.1:1/shop`, { sql: 'select 1' }))
      expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true })
    }
  })
})
