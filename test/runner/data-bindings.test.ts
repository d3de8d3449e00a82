import { describe, expect, it } from 'vitest'
import { createFindBinding } from '../../src/runner/data-bindings.ts'

const database = { prepare: () => null }
const find = (DATA_BINDINGS: string | undefined, community: string, name: string) =>
  createFindBinding({
    ...(DATA_BINDINGS !== undefined && { DATA_BINDINGS }),
    ...{ ORDERS_DB: database, EMAIL: database, DB: database, EXECUTION: database, PAYLOADS: database, CACHE: database },
    ...{ TASKS_QUEUE: database, STANDARD_RATE: database, PREMIUM_RATE: database },
    ...{ MILLRACE_ADMIN_KEY: 'text' },
  })(community, name)

describe('a binding', () => {
  it('is found by those whom it is opened to', () => {
    expect(find('shop/ORDERS_DB', 'shop', 'ORDERS_DB')).toBe(database)
    expect(find(' other/ORDERS_DB , shop/ORDERS_DB ', 'shop', 'ORDERS_DB')).toBe(database)
    expect(find('*/ORDERS_DB', 'whoever', 'ORDERS_DB')).toBe(database)
    expect(find('shop/EMAIL', 'shop', 'EMAIL')).toBe(database)
  })

  it.each([
    [undefined, 'shop', 'ORDERS_DB'],
    ['', 'shop', 'ORDERS_DB'],
    ['*', 'shop', 'ORDERS_DB'],
    ['shop/*', 'shop', 'ORDERS_DB'],
    ['ORDERS_DB', 'shop', 'ORDERS_DB'],
    ['other/ORDERS_DB', 'shop', 'ORDERS_DB'],
    ['shop/ORDERS_DB', 'shop', 'orders_db'],
    ['shop/OTHER_DB', 'shop', 'OTHER_DB'],
  ])('is not found with %j by %s as %s', (setting, community, name) => {
    expect(find(setting, community, name) ?? null).toBeNull()
  })

  it.each([
    ...['DB', 'EXECUTION', 'PAYLOADS', 'CACHE', 'TASKS_QUEUE', 'STANDARD_RATE', 'PREMIUM_RATE'],
    ...['MILLRACE_ADMIN_KEY', 'constructor', '__proto__'],
  ])('of Millrace itself is nobody’s: %s', (name) => {
    expect(find(`*/${name}`, 'shop', name)).toBeNull()
  })
})
