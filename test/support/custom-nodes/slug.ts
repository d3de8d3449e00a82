// `slug`: makes a text fit for a URL.
import { z } from 'zod'
import { completed, inlineNode } from '../../../src/nodes/inline-node.ts'
import { inputInvalid } from '../../../src/nodes/node-failed.ts'

export const slug = inlineNode({
  type: 'slug',
  summary: 'Makes a text fit for a URL.',
  config: z.looseObject({ text: z.string({ error: `slug node requires a 'text' field` }) }),
  example: { text: '{{ inputs.title }}' },
  run({ text }) {
    const words = text
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[a-z0-9]+/g)
    if (words === null) throw inputInvalid(`slug node: 'text' has neither letter nor digit`)
    return completed(words.join('-'))
  },
})
