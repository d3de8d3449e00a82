import { describe, expect, it } from 'vitest'
import type { Made } from '../../src/core/node-type.ts'
import { createRemember } from '../../src/runner/remember.ts'

/** A store in memory, which can be down. */
function openStore({ isDown = false } = {}) {
  const kept = new Map<string, string>()
  const reported: unknown[] = []
  const reach = () => {
    if (isDown) throw new Error('KV is down')
  }
  const store = {
    get: async (key: string) => {
      reach()
      return kept.get(key) ?? null
    },
    put: async (key: string, text: string) => {
      reach()
      kept.set(key, text)
    },
  }
  // Of a namespace's many overloads, what is used.
  const deps = { store: store as unknown as KVNamespace, report: (thrown: unknown) => reported.push(thrown) }
  return { kept, reported, remember: (withinMs = 1_000) => createRemember(deps, withinMs) }
}

/** Makers that the test lets end. */
function makers() {
  const begun: PromiseWithResolvers<Made>[] = []
  return {
    begun,
    make: () => {
      const making = Promise.withResolvers<Made>()
      begun.push(making)
      return making.promise
    },
  }
}

const made = async (): Promise<Made> => ({ text: 'made', isKept: true })
const unused = () => Promise.reject(new Error('nothing is to be made'))

/** Until everything that can go on by itself has. */
const settle = () => new Promise((resolve) => setTimeout(resolve))

describe('what is remembered', () => {
  it('is made once, and then kept', async () => {
    const { remember } = openStore()
    expect(await remember()('key', 60, made)).toEqual({ text: 'made', isMade: true })
    expect(await remember()('key', 60, unused)).toEqual({ text: 'made', isMade: false })
    expect(await remember()('other', 60, made)).toEqual({ text: 'made', isMade: true })
  })

  it('is not what is not to be kept', async () => {
    const { remember, kept } = openStore()
    await remember()('key', 60, async () => ({ text: 'half', isKept: false }))
    expect(kept.size).toBe(0)
  })

  it('may be forgotten: a store that is down costs a making, no failure', async () => {
    const { remember, reported } = openStore({ isDown: true })
    expect(await remember()('key', 60, made)).toEqual({ text: 'made', isMade: true })
    expect(await remember()('key', 60, made)).toEqual({ text: 'made', isMade: true })
    expect(reported).toHaveLength(4)
  })
})

describe('several who ask at the same time', () => {
  it('get what the first makes', async () => {
    const { remember } = openStore()
    const { begun, make } = makers()
    const asked = [1, 2, 3].map(() => remember()('key', 60, make))
    await settle()
    expect(begun).toHaveLength(1)
    begun[0]?.resolve({ text: 'shared', isKept: true })
    expect(await Promise.all(asked)).toEqual([true, false, false].map((isMade) => ({ text: 'shared', isMade })))
  })

  it('get it also where it cannot be kept in the store', async () => {
    const { remember } = openStore({ isDown: true })
    const { begun, make } = makers()
    const asked = [1, 2].map(() => remember()('key', 60, make))
    await settle()
    begun[0]?.resolve({ text: 'shared', isKept: true })
    expect(await Promise.all(asked)).toMatchObject([{ isMade: true }, { isMade: false }])
  })

  it.each<[string, (making: PromiseWithResolvers<Made> | undefined) => void]>([
    ['fails', (making) => making?.reject(new Error('no answer'))],
    ['makes what is not kept', (making) => making?.resolve({ text: 'half', isKept: false })],
  ])('make it themselves where the first %s', async (_, end) => {
    const { remember } = openStore()
    const { begun, make } = makers()
    const first = remember()('key', 60, make).catch((error: unknown) => error)
    const second = remember()('key', 60, make)
    await settle()
    end(begun[0])
    await first
    await settle()
    begun[1]?.resolve({ text: 'mine', isKept: true })
    expect(await second).toEqual({ text: 'mine', isMade: true })
  })

  it('do not wait for one who has had his time', async () => {
    const { remember } = openStore()
    void remember(0)('key', 60, makers().make)
    await settle()
    expect(await remember()('key', 60, made)).toEqual({ text: 'made', isMade: true })
  })
})
