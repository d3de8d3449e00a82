import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import {
  MAX_EXPLANATION_CHARACTERS,
  MAX_GENERATION_CURRENT_BYTES,
  MAX_GENERATION_ISSUES_TOLD,
  MAX_GENERATION_PROMPT_CHARACTERS,
} from '../../src/http/limits.ts'
import { ADMIN_KEY, type Answer, apiOf, testApp } from '../support/api.ts'
import { type ModelScript, type ScriptedModel, scriptModel } from '../support/model-script.ts'

afterEach(() => vi.restoreAllMocks())

const KEY = 'sk-of-the-deployment'
let scripts = 0
const modelThat = (...script: ModelScript): Promise<ScriptedModel> => {
  scripts += 1
  return scriptModel(inject('modelServer'), `generate-${scripts}`, script)
}

const graph = (condition = 'input.total > 100') => ({
  name: 'Orders',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'check', type: 'condition', config: { condition } },
    { id: 'end', type: 'end' },
  ],
  edges: [
    { from: 'start', to: 'check' },
    { from: 'check', to: 'end', port: 'true' },
  ],
})
const says = (workflow: object | null, explanation = 'It checks orders.') => ({ text: JSON.stringify({ workflow, explanation }) })
const BROKEN = graph('input.total >')

const appFor = (baseUrl: string, more: Parameters<typeof testApp>[0] = {}) =>
  testApp({
    settings: {
      MILLRACE_ADMIN_KEY: ADMIN_KEY,
      AI_BASE_URL: baseUrl,
      AI_API_KEY: KEY,
      AI_MODEL: 'stub',
      ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    },
    ...more,
  })

const generate = (model: ScriptedModel, body: object = {}, more: Parameters<typeof testApp>[0] = {}): Promise<Answer> =>
  apiOf(appFor(model.baseUrl, more))('POST', '/ai/workflows/generate', { prompt: 'Check orders', ...body })

const stored = async (id: string) => (await apiOf(testApp())('GET', `/workflows/${id}`)).status === 200

describe('a prompt', () => {
  it('becomes a valid workflow with an explanation, stored nowhere', async () => {
    const model = await modelThat(says({ ...graph(), workflow_id: 'invented' }))
    const answer = await generate(model)
    expect(answer.status).toBe(200)
    expect(answer.body.data).toEqual({
      workflow: expect.objectContaining({ name: 'Orders', nodes: expect.any(Array), edges: expect.any(Array) }),
      explanation: 'It checks orders.',
      issues: [],
      model: 'stub-1',
      usage: { input_tokens: 7, output_tokens: 3 },
      repaired: false,
    })
    expect(answer.body.data.workflow).not.toHaveProperty('workflow_id')
    expect(await stored('invented')).toBe(false)
    expect((await apiOf(testApp())('POST', '/workflows/validate', answer.body.data.workflow)).body.data.valid).toBe(true)
  })

  it(`has an explanation of at most ${MAX_EXPLANATION_CHARACTERS} characters`, async () => {
    const explained = async (length: number) =>
      (await generate(await modelThat(says(graph(), 'x'.repeat(length))))).body.data.explanation.length
    expect(await explained(MAX_EXPLANATION_CHARACTERS)).toBe(MAX_EXPLANATION_CHARACTERS)
    expect(await explained(MAX_EXPLANATION_CHARACTERS + 1)).toBe(MAX_EXPLANATION_CHARACTERS)
  })

  it('goes to the deployment’s server, with all that a model must know', async () => {
    const model = await modelThat(says(graph()))
    await generate(model)
    const [asked] = await model.asked()
    expect(asked?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect(asked?.body).toMatchObject({ model: 'stub', response_format: { type: 'json_object' } })
    const [system, user] = asked?.body.messages ?? []
    expect(system?.content).toContain('## http-request')
    expect(user).toEqual({ role: 'user', content: 'Check orders' })
    expect(JSON.stringify(asked?.body)).not.toContain(KEY)
  })

  it('may name the model, the id and the name', async () => {
    const model = await modelThat(says(graph()))
    const answer = await generate(model, { model: 'large', workflow_id: 'mine', name: 'My orders' })
    expect(answer.body.data.workflow).toMatchObject({ workflow_id: 'mine', name: 'My orders' })
    expect((await model.asked())[0]?.body.model).toBe('large')
    expect(await stored('mine')).toBe(false)
  })

  it('may change a workflow that there is, valid or not', async () => {
    const model = await modelThat(says({ ...graph(), workflow_id: 'other' }))
    const answer = await generate(model, { current: { workflow_id: 'kept', version: 3, ...BROKEN } })
    expect(answer.body.data.workflow.workflow_id).toBe('kept')
    const [, user] = (await model.asked())[0]?.body.messages ?? []
    expect(user?.content).toContain('Change this workflow')
    expect(user?.content).toContain('input.total >')
    expect(user?.content).not.toContain('"version"')
    expect(user?.content).toMatch(/Check orders$/)
  })

  it('gets the warnings', async () => {
    const model = await modelThat(says({ ...graph(), variables: { inputs: 1 } }))
    const { issues, repaired } = (await generate(model)).body.data
    expect(issues).toEqual([expect.objectContaining({ severity: 'warning', path: 'variables.inputs' })])
    expect(repaired).toBe(false)
  })
})

describe('what is to be stored', () => {
  it('becomes version 1 of a new workflow', async () => {
    const model = await modelThat(says({ ...graph(), workflow_id: 'invented' }))
    const answer = await generate(model, { store: true, workflow_id: 'generated' })
    expect(answer.status).toBe(201)
    expect(answer.body.data.workflow).toMatchObject({ workflow_id: 'generated', version: 1, created_by: 'admin' })
    expect(await stored('generated')).toBe(true)
    const unnamed = await generate(model, { store: true, current: { workflow_id: 'generated', ...graph() } })
    expect(unnamed.body.data.workflow.workflow_id).toMatch(/^[0-9a-f]{16}$/)
    expect(await stored(unnamed.body.data.workflow.workflow_id)).toBe(true)
  })

  it('is refused before a model is asked where the id is taken or is none', async () => {
    const model = await modelThat(says(graph()))
    await generate(model, { store: true, workflow_id: 'taken' })
    expect(await generate(model, { store: true, workflow_id: 'taken' })).toMatchObject({
      status: 409,
      body: { error_code: 'CONFLICT' },
    })
    for (const workflow_id of ['no id', 'executions'])
      expect(await generate(model, { workflow_id })).toMatchObject({ status: 400, body: { error_code: 'VALIDATION_FAILED' } })
    expect(await model.asked()).toHaveLength(1)
  })

  it('is not stored where it is not valid', async () => {
    const model = await modelThat(says(BROKEN))
    expect((await generate(model, { store: true, workflow_id: 'broken' })).status).toBe(400)
    expect(await stored('broken')).toBe(false)
  })
})

describe('an answer that is not valid', () => {
  it.each([
    ['a bad graph', says(BROKEN), 'nodes[1].config.condition'],
    ['no JSON', { text: 'Sure! Here is your workflow.' }, 'it is no JSON'],
    ['JSON of another form', { text: '{"nodes": []}' }, 'workflow'],
    ['cut off', { text: '{"workflow": {"nodes": [', finish: 'length' }, 'it is no JSON'],
    ['nothing', { text: '' }, 'it is no JSON'],
    ['nested without end', { text: `${'['.repeat(600)}${']'.repeat(600)}` }, 'it is JSON with'],
  ])('is repaired once: %s', async (_, first, told) => {
    const model = await modelThat(first, says(graph()))
    const answer = await generate(model)
    expect(answer.status).toBe(200)
    expect(answer.body.data).toMatchObject({ repaired: true, usage: { input_tokens: 14, output_tokens: 6 } })
    const [one, two] = await model.asked()
    expect(two?.body.messages.slice(2)).toEqual([
      { role: 'assistant', content: first.text },
      { role: 'user', content: expect.stringContaining(told) },
    ])
    expect(two?.headers['idempotency-key']).toBe(`${one?.headers['idempotency-key']}.repair`)
  })

  it('is read out of a fence', async () => {
    const model = await modelThat({ text: `\`\`\`json\n${says(graph()).text}\n\`\`\`` })
    expect((await generate(model)).body.data.repaired).toBe(false)
  })

  it('twice is refused, with the issues and the draft', async () => {
    const model = await modelThat(says(BROKEN))
    const answer = await generate(model)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      error_code: 'VALIDATION_FAILED',
      details: {
        issues: [{ severity: 'error', code: 'BAD_EXPRESSION', path: 'nodes[1].config.condition' }],
        draft: { name: 'Orders' },
      },
    })
    expect(await model.asked()).toHaveLength(2)
  })

  it('that is no JSON twice has no draft', async () => {
    const answer = await generate(await modelThat({ text: 'no' }))
    expect(answer.body).toMatchObject({ error_code: 'VALIDATION_FAILED', details: { issues: [{ code: 'INVALID_TYPE' }] } })
    expect(answer.body.details).not.toHaveProperty('draft')
  })

  it(`tells the model of ${MAX_GENERATION_ISSUES_TOLD} problems at most`, async () => {
    const nodes = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `n${n}`, type: 'nonsense' }))
    for (const count of [MAX_GENERATION_ISSUES_TOLD, MAX_GENERATION_ISSUES_TOLD + 1]) {
      const model = await modelThat(says({ nodes: nodes(count), edges: [] }), says(graph()))
      await generate(model)
      const told = (await model.asked())[1]?.body.messages[3]?.content ?? ''
      expect(told.match(/^- /gm)).toHaveLength(MAX_GENERATION_ISSUES_TOLD)
    }
  })
})

describe('a model that does not', () => {
  it('refuses with its reason', async () => {
    const declined = await generate(await modelThat(says(null, 'This is no workflow.')))
    expect(declined).toMatchObject({
      status: 400,
      body: {
        error_code: 'BAD_REQUEST',
        message: expect.stringContaining('This is no workflow.'),
        details: { issues: [{ path: 'prompt' }] },
      },
    })
    const filtered = await generate(await modelThat({ text: '', finish: 'content_filter' }))
    expect(filtered).toMatchObject({ status: 400, body: { message: expect.stringContaining('filtered') } })
  })

  it.each([
    ['answers 500', { status: 500, body: `{"error": {"message": "boom ${KEY}"}}` }],
    ['answers 401', { status: 401, body: `{"error": {"message": "Incorrect API key provided: ${KEY}"}}` }],
    ['answers 429', { status: 429, body: '{}', headers: { 'retry-after': '7' } }],
    ['answers no completion', { body: `{"key": "${KEY}"}` }],
    ['answers no JSON', { body: '<html>' }],
  ])('%s is unavailable, and nobody sees the key', async (_, script) => {
    const logged = vi.spyOn(console, 'error')
    const answer = await generate(await modelThat(script))
    expect(answer).toMatchObject({ status: 503, body: { error_code: 'UNAVAILABLE' } })
    expect(JSON.stringify([answer.body, [...answer.headers], logged.mock.calls])).not.toContain(KEY)
  })

  it('answers in time is given up', async () => {
    const model = await modelThat({ held: true })
    const answer = await generate(model, {}, { generationMs: 50 })
    expect(answer).toMatchObject({ status: 503, body: { message: expect.stringContaining('did not answer within 0.05 s') } })
    await model.release()
  })

  it('is reached is unavailable; a private address needs leave', async () => {
    const settings = { MILLRACE_ADMIN_KEY: ADMIN_KEY, AI_BASE_URL: 'http://127.0.0.1:9/v1', AI_API_KEY: KEY }
    const blocked = await apiOf(testApp({ settings }))('POST', '/ai/workflows/generate', { prompt: 'x' })
    expect(blocked).toMatchObject({ status: 503, body: { error_code: 'UNAVAILABLE' } })
    expect(JSON.stringify(blocked.body)).not.toContain('127.0.0.1')
  })

  it('is there is said', async () => {
    const answer = await apiOf(testApp())('POST', '/ai/workflows/generate', { prompt: 'x' })
    expect(answer).toMatchObject({ status: 503, body: { message: expect.stringContaining('AI_API_KEY') } })
  })
})

describe('a bad request', () => {
  const current = (bytes: number) => ({ description: 'x'.repeat(bytes - '{"description":""}'.length) })

  it.each([
    ['without a prompt', { prompt: undefined }],
    ['with an empty one', { prompt: ' \n' }],
    ['with one that is too long', { prompt: 'x'.repeat(MAX_GENERATION_PROMPT_CHARACTERS + 1) }],
    ['with a current workflow that is too large', { current: current(MAX_GENERATION_CURRENT_BYTES + 1) }],
    ['with a current workflow that is none', { current: 'x' }],
    ['with a model without a name', { model: '' }],
    ['with a model’s name too long', { model: 'x'.repeat(129) }],
    ['with `store` as text', { store: 'true' }],
  ])('%s is refused', async (_, body) => {
    const model = await modelThat(says(graph()))
    expect(await generate(model, body)).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } })
    expect(await model.asked()).toEqual([])
  })

  it('of the largest size is answered', async () => {
    const model = await modelThat(says(graph()))
    const body = {
      prompt: 'x'.repeat(MAX_GENERATION_PROMPT_CHARACTERS),
      current: current(MAX_GENERATION_CURRENT_BYTES),
      model: 'x'.repeat(128),
    }
    expect((await generate(model, body)).status).toBe(200)
  })
})
