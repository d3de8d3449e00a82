// What a redactor takes out: every form in which a server may repeat a secret.
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { MAX_CONCEALED_TEXTS } from '../../src/core/limits.ts'
import { nodeError } from '../../src/core/node-error.ts'
import { Redactor } from '../../src/runner/redact.ts'
import { SECRET_FORMS } from '../support/secret-forms.ts'

function redactor(...secrets: string[]): Redactor {
  const made = new Redactor()
  for (const secret of secrets) made.conceal(secret)
  return made
}

const SECRETS = {
  plain: 'sk-Live_4242abcd',
  awkward: 'p"a\\s s+w%o/r&d\n<é😀>\\\\?',
  digits: '0012345678',
  pem: `-----BEGIN KEY-----\n${'Ab3/+xYz\n'.repeat(300)}-----END KEY-----\n`,
}

describe.each(Object.entries(SECRETS))('a secret (%s)', (_, secret) => {
  it.each(Object.entries(SECRET_FORMS))('%s', (_form, write) => {
    const written = write(secret)
    const shown = redactor(secret).text(`before ${written} after`)
    expect(shown).toMatch(/^before \S{0,5}\[redacted\]\S{0,5} after$/)
  })

  it('in keys, lists and texts of JSON', () => {
    const value: Json = { [`x-${secret}`]: [1, { b: `${secret}${secret}` }], other: true }
    expect(redactor(secret).json(value)).toEqual({ 'x-[redacted]': [1, { b: '[redacted]' }], other: true })
  })
})

describe('a redactor', () => {
  it('leaves what shows no secret as it is, the same reference', () => {
    const value = { a: ['%41', { b: 'sk-Live', c: 4242 }] }
    expect(redactor(SECRETS.plain).json(value)).toBe(value)
    expect(redactor().json(value)).toBe(value)
  })

  it.each<[string, Json]>([
    ['12345678', 12345678],
    ['12345678', -12345678],
    ['12345678', 9912345678],
    ['0012345678', 12345678],
    ['12345678901234567890', JSON.parse('12345678901234567890')],
    ['1234.5670', 1234.567],
  ])('takes %s out of numbers: %j', (secret, number) => {
    expect(redactor(secret).json([number, 5])).toEqual(['[redacted]', 5])
  })

  it('knows lists that are no numbers: others stay', () => {
    expect(redactor('12345678').json([1234567, 12345.678, true, null])).toEqual([1234567, 12345.678, true, null])
  })

  it.each([
    [['abcdefgh', 'xabcdefghx'], 'xabcdefghx'],
    [['xabcdefghx', 'abcdefgh'], 'xabcdefghx'],
    [['abcdefgh', 'efghijkl'], 'abcdefghijkl'],
    [['aaaaaa'], 'aaaaaaaaa'],
  ])('leaves nothing of secrets that overlap: %j', (secrets, text) => {
    expect(redactor(...secrets).text(`(${text})`)).toBe('([redacted])')
  })

  it('hides hosts, which lose their capitals', () => {
    expect(redactor('Tok3nInHost').text('https://tok3ninhost.example.com/')).toBe('https://[redacted].example.com/')
  })

  it('ignores what is too short', () => {
    expect(redactor('12345').text('12345')).toBe('12345')
    expect(redactor('123456').text('123456')).toBe('[redacted]')
  })

  it('takes so many texts and no more', () => {
    const full = redactor(...Array.from({ length: MAX_CONCEALED_TEXTS }, (_, index) => `secret-${index}`))
    expect(() => full.conceal('secret-0')).not.toThrow()
    expect(() => full.conceal('one-more')).toThrow(/at most/)
  })

  it('hides half a secret at the end of what was cut', () => {
    const { told } = { told: (text: string) => redactor('sk-live-0123456789').told(text) }
    expect(told('you sent sk-live-01234')).toBe('you sent [redacted]')
    expect(told('you sent sk-live-01234…')).toBe('you sent [redacted]…')
    expect(told('you sent sk-live-0123[truncated]')).toBe('you sent [redacted][truncated]')
    expect(told('you sent sk-li')).toBe('you sent sk-li')
    expect(told('sk-live-01234 is what you sent')).toBe('sk-live-01234 is what you sent')
  })

  it('keeps the shape of an error', () => {
    const error = nodeError('HTTP_STATUS', 'a retryable-token', {
      status: 500,
      cause: { message: ['my retryable-token'], code: 1 },
    })
    expect(redactor('retryable-token').error(error)).toEqual({
      code: 'HTTP_STATUS',
      message: 'a [redacted]',
      retryable: false,
      status: 500,
      cause: { message: ['my [redacted]'], code: 1 },
    })
  })

  it('takes secrets out of what is reported: message and stack', () => {
    const thrown = redactor('sk-live-0123').thrown(new TypeError('bad sk-live-0123'))
    expect(thrown).toMatchObject({ name: 'TypeError', message: 'bad [redacted]', stack: expect.not.stringContaining('sk-live') })
    expect(redactor('sk-live-0123').thrown('sk-live-0123')).toBe('[redacted]')
  })

  it('lets nothing be remembered, and what is remembered stay JSON', async () => {
    const kept: string[] = []
    const remember = redactor('nabcdef').remembering(async (_key, _ttl, make) => {
      const { text } = await make()
      kept.push(text)
      return { text: `${text} nabcdef`, isMade: true }
    })
    // The JSON text has a line feed, as \n, before the rest.
    const made = JSON.stringify(['\nabcdef', 'nabcdef'])
    const found = await remember('key', 60, async () => ({ text: made, isKept: true }))
    expect(JSON.parse(kept[0] ?? '')).toEqual(['\nabcdef', '[redacted]'])
    expect(found).toEqual({ text: expect.not.stringContaining('nabcdef'), isMade: true })
  })

  it('copes with a secret that is repeated without end', () => {
    const secrets = redactor('aaaaaa', 'b1b1b1b1')
    expect(secrets.text('a'.repeat(1_000_000))).toBe('[redacted]')
    expect(secrets.text('b1b1b1b1 '.repeat(100_000))).toBe('[redacted] '.repeat(100_000))
    expect(secrets.text('%61aaaaa+'.repeat(20_000))).toBe('[redacted]+'.repeat(20_000))
  })

  it('goes through the largest outputs, and texts made to take long', () => {
    const secrets = redactor(SECRETS.plain, SECRETS.awkward, SECRETS.pem, '\\\\\\\\\\\\\\\\x', '%%%%%%%%', '&&&&&&&&')
    const list = Array.from({ length: 200_000 }, (_, index) => ({ id: index, name: `name ${index}`, ok: true }))
    expect(secrets.json(list)).toBe(list)
    for (const unit of ['x', '\\', '%', '%25', '&amp;', 'p\\', '\\u00', '&#0'])
      expect(secrets.text(unit.repeat((1024 * 1024) / unit.length))).not.toContain('undefined')
  })
})
