import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { switchNode } from '../../src/nodes/switch.ts'
import { configIssues } from '../support/config-issues.ts'
import { inlineContext } from '../support/inline-context.ts'

const sizes = {
  cases: [
    { when: 'value > 100', port: 'large' },
    { when: 'value > 10', port: 'medium' },
    { when: 'value > 5', port: 'large' },
  ],
}
const kinds = { on: 'input', cases: { a: 'first', '2': 'second', true: 'yes', null: 'none' } }

const portTaken = (config: JsonObject, input: Json) => switchNode.run(config, inlineContext({ input }))
const taking = (port: string, output: Json) => ({ kind: 'completed', output, ports: [port] })

describe('switch', () => {
  it.each([
    [500, 'large'],
    [50, 'medium'],
    [7, 'large'],
    [1, 'default'],
  ])('takes for %d the first case that holds: %s', (input, port) => {
    expect(portTaken(sizes, input)).toEqual(taking(port, input))
  })

  it.each([
    ['a', 'first'],
    [2, 'second'],
    [true, 'yes'],
    [null, 'none'],
    ['toString', 'default'],
    [['a'], 'default'],
  ])('compares %j as text: %s', (input, port) => {
    expect(portTaken(kinds, input)).toEqual(taking(port, input))
  })

  it('names the case whose condition is no boolean', () => {
    const config = {
      cases: [
        { when: 'false', port: 'a' },
        { when: 'input', port: 'b' },
      ],
    }
    expect(portTaken(config, 'text')).toMatchObject({
      error: {
        code: 'EXPRESSION_ERROR',
        message: expect.stringContaining("'cases[1].when' must give true or false, and gave text"),
      },
    })
  })

  it.each([
    ['conditions', sizes, ['large', 'medium', 'default']],
    ['values', kinds, ['second', 'first', 'yes', 'none', 'default']],
    ['default among its cases', { on: 'input', cases: { a: 'default', b: 'other' } }, ['default', 'other']],
    ['an invalid config', { cases: [1, { port: 2 }] }, ['default']],
    ['no config', {}, ['default']],
  ])('lists the ports of %s', (_name, config, ports) => {
    expect(switchNode.ports(config)).toEqual(ports)
  })

  it('goes on over default after a failure, where it may', () => {
    expect(switchNode.continuePort(sizes)).toBe('default')
  })

  it.each([
    ['no cases', {}, ['cases: switch node requires']],
    ['cases of another kind', { cases: 'value > 1' }, ['cases: switch node requires']],
    ['an empty list', { cases: [] }, ['cases: switch node requires']],
    ['an empty object', { on: 'input', cases: {} }, ['cases: switch node requires']],
    ['a case without its parts', { cases: [{}] }, ["cases.0.when: a case needs a 'when'", 'cases.0.port: a case needs a port']],
    ['the port error', { on: 'input', cases: { a: 'error' } }, ["cases.a: a case needs a port: a name other than 'error'"]],
    ['values without on', { cases: { a: 'b' } }, ["on: 'cases' as an object needs 'on'"]],
    ['conditions with on', { on: 'input', ...sizes }, ["on: 'on' goes with 'cases' as an object"]],
  ])('is refused with %s', (_name, config, issues) => {
    expect(configIssues(switchNode, config)).toEqual(issues.map((issue) => expect.stringContaining(issue)))
  })
})
