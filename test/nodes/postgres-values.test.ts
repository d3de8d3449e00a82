import { describe, expect, it } from 'vitest'
import { AttemptError } from '../../src/core/attempt-error.ts'
import { readPostgresValue, writePostgresValue } from '../../src/nodes/postgres-values.ts'

describe('a value of PostgreSQL', () => {
  it.each([
    [20, '-9007199254740991', -9_007_199_254_740_991],
    [20, '-9007199254740992', '-9007199254740992'],
    [700, 'Infinity', 'Infinity'],
    [701, '1e-7', 1e-7],
    [1700, '1.10', '1.10'],
    [1114, '2026-03-04 05:06:07', '2026-03-04T05:06:07'],
    [1184, '2026-03-04 05:06:07.5+00', '2026-03-04T05:06:07.5Z'],
    [1184, '2026-03-04 05:06:07+05:30', '2026-03-04T05:06:07+05:30'],
    [1184, '2026-03-04 05:06:07-08', '2026-03-04T05:06:07-08:00'],
    [1184, '0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC'],
    [114, '{"a": [1, null]}', { a: [1, null] }],
    [1007, '{1,NULL,3}', [1, null, 3]],
    [1007, '[0:1]={1,2}', [1, 2]],
    [1007, '{}', []],
    [
      1007,
      '{{1,2},{3,4}}',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [1009, '{a,"b c","NULL",NULL,"q\\"\\\\","{}",""}', ['a', 'b c', 'NULL', null, 'q"\\', '{}', '']],
    [3807, '{"{\\"a\\": 1}",NULL}', [{ a: 1 }, null]],
    [1001, '{"\\\\xdead"}', [{ base64: '3q0=' }]],
    [99_999, 'of a type that nobody knows', 'of a type that nobody knows'],
  ])('of the type %i, %s, is %j', (type, text, value) => {
    expect(readPostgresValue(type, text)).toEqual(value)
  })

  it('that is JSON too deep for any reader is refused', () => {
    expect(() => readPostgresValue(3802, `${'['.repeat(501)}${']'.repeat(501)}`)).toThrow(AttemptError)
  })
})

describe('a parameter', () => {
  it.each([
    [25, 'text', 'text'],
    [25, 1.5, '1.5'],
    [16, true, 'true'],
    [3802, { a: [1] }, '{"a":[1]}'],
    [3802, [1, 'a'], '[1,"a"]'],
    [25, [1], '[1]'],
    [1007, [1, null, [2, 3]], '{"1",NULL,{"2","3"}}'],
    [1009, ['a"b', '\\', '}', 'NULL'], '{"a\\"b","\\\\","}","NULL"}'],
    [3807, [{ a: 1 }], '{"{\\"a\\":1}"}'],
    [1001, [{ base64: '3q0=' }], '{"\\\\xdead"}'],
    [17, { base64: '3q0=', content_type: 'image/png' }, Buffer.from([0xde, 0xad])],
    [17, { base64: '3q0=', more: 1 }, '{"base64":"3q0=","more":1}'],
    [25, null, null],
  ])('of the type %i, %j, is bound as %j', (type, value, bound) => {
    expect(writePostgresValue(type, value)).toEqual(bound)
  })
})
