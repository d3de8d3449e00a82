// The page behind an approval's link, for people: what is asked, a form, two buttons. Plain HTML without scripts. Everything on it is
// escaped by the template tag; nothing is ever put in raw.
import type { Context } from 'hono'
import { html } from 'hono/html'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { ApprovalView } from '../../history/approval-view.ts'
import type { HttpEnv } from '../deps.ts'
import type { ApiError } from '../errors.ts'
import { MAX_ANSWERER_LENGTH, MAX_COMMENT_LENGTH } from '../limits.ts'
import { choices, choiceText, FIELD_PREFIX, fieldKind, formProperties } from './page-form.ts'

type Html = ReturnType<typeof html>

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
label{display:block;margin:1rem 0}input,select,textarea{font:inherit;display:block;width:100%;box-sizing:border-box}
input[type=checkbox]{display:inline;width:auto}button{font:inherit;padding:.5rem 1.5rem;margin:1rem 1rem 0 0}
button[value=approved]{background:#1a7f37;border:1px solid #1a7f37;color:#fff}.prompt{font-size:1.25rem;white-space:pre-wrap}small{display:block;color:#555}`

/** Whether the client is a browser that shows a page. */
export const wantsPage = (c: Context<HttpEnv>): boolean => /\btext\/html\b/i.test(c.req.header('Accept') ?? '')

/** @param nonce of no other answer: it alone lets the page's own style in */
export const answerPage = (c: Context<HttpEnv>, content: ApprovalView | ApiError, nonce: string) => {
  c.header(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  )
  if (content instanceof Error) return c.html(frame(nonce, 'This did not work', refusedPart(content)), content.status)
  return c.html(frame(nonce, TITLES[content.status], approvalPart(content)))
}

const TITLES = {
  early: 'Your approval will be asked for',
  waiting: 'Your approval is asked for',
  answered: 'This has been answered',
  closed: 'This cannot be answered any more',
} as const satisfies Record<ApprovalView['status'], string>

const frame = (nonce: string, title: string, content: Html) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`

const refusedPart = ({ message, issues }: ApiError) => html`<p>${message}</p>
${
  issues.length > 0 &&
  html`<ul>${issues.map(({ path, message: issue }) => html`<li>${path}: ${issue}</li>`)}</ul>
<p>Nothing has been recorded. Go back to correct it.</p>`
}`

/** `2026-11-24 01:48 UTC` */
const shownTime = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

const approvalPart = (view: ApprovalView) => html`${view.prompt !== null && html`<p class="prompt">${view.prompt}</p>`}
${view.answer !== null && html`<p>${view.answer.decision} by ${view.answer.by} at ${shownTime(view.answer.at)}</p>`}
${view.until !== null && view.answer === null && html`<p>Please answer before ${shownTime(view.until)}.</p>`}
${(view.status === 'waiting' || view.status === 'early') && answerForm(view.form)}
<p><small>${view.node_id} of execution ${view.execution_id}, which is ${view.execution_status}</small></p>`

const answerForm = (schema: JsonObject | null) => html`<form method="post">
${formProperties(schema).map(([name, property]) => field(name, property, isRequired(schema, name)))}
<label>Comment<textarea name="comment" rows="3" maxlength="${MAX_COMMENT_LENGTH}"></textarea></label>
<label>Your name<input name="by" maxlength="${MAX_ANSWERER_LENGTH}" autocomplete="name"></label>
<button name="decision" value="approved">Approve</button>
<button name="decision" value="rejected" formnovalidate>Reject</button>
</form>`

const isRequired = (schema: JsonObject | null, name: string): boolean =>
  Array.isArray(schema?.required) && schema.required.includes(name)

function field(name: string, property: Json, required: boolean): Html {
  const { title = name, description = null } = isJsonObject(property) ? property : {}
  const shown = html`${text(title)}${required && ' *'}`
  const about = description === null ? '' : html`<small>${text(description)}</small>`
  return html`<label>${shown}${input(`${FIELD_PREFIX}${name}`, property, required && html` required`)}${about}</label>\n`
}

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function input(name: string, property: Json, required: Html | false): Html {
  switch (fieldKind(property)) {
    case 'choice':
      return html`<select name="${name}"${required}><option></option>${choices(property).map(
        (choice) => html`<option>${choiceText(choice)}</option>`,
      )}</select>`
    case 'boolean':
      return html` <input type="checkbox" name="${name}" value="true">`
    case 'number':
      return html`<input type="number" step="any" name="${name}"${bounds(property)}${required}>`
    case 'text':
      return html`<input name="${name}"${required}>`
    case 'json':
      return html`<textarea name="${name}" rows="3" placeholder="JSON"${required}></textarea>`
  }
}

const bounds = (property: Json): Html => {
  const { minimum, maximum } = isJsonObject(property) ? property : {}
  const isNumber = (bound: Json | undefined): bound is number => typeof bound === 'number'
  return html`${isNumber(minimum) && html` min="${minimum}"`}${isNumber(maximum) && html` max="${maximum}"`}`
}
