import { describe, expect, it } from 'vitest'
import { acceptedForms, acceptingBoth, inAcceptedForm } from './accept.ts'

const BOTH = 'application/json, text/event-stream'

it.each([
  [BOTH, true, true],
  [null, true, true],
  ['*/*', true, true],
  ['application/json', true, false],
  ['application/*', true, false],
  ['text/event-stream', false, true],
  ['text/*;q=0.5', false, true],
  ['text/event-stream; charset=utf-8, Application/JSON;q=0.9', true, true],
  ['application/json, text/event-stream;q=0', true, false],
  ['text/html', false, false],
])('Accept %s', (header, json, events) => {
  expect(acceptedForms(header)).toEqual({ json, events })
})

it.each([null, '*/*', 'application/json', 'text/event-stream'])(
  'asks the protocol for both forms in place of %s',
  async (accept) => {
    const headers = new Headers(accept === null ? {} : { accept })
    const given = new Request('http://x.test/mcp', { method: 'POST', body: '{"a":1}', headers })
    const request = acceptingBoth(given, acceptedForms(accept))
    expect(request.headers.get('accept')).toBe(BOTH)
    expect(await request.json()).toEqual({ a: 1 })
  },
)

describe('a response', () => {
  const answer = { jsonrpc: '2.0', id: 1, result: {} }
  const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: {} }
  const events = () =>
    new Response(
      [progress, answer].map((one) => `event: message\ndata: ${JSON.stringify(one)}\n\n`).join(''),
      { headers: { 'content-type': 'text/event-stream', 'mcp-session-id': 's' } },
    )

  it('becomes one body for a client without events', async () => {
    const response = await inAcceptedForm(events(), { json: true, events: false })
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('mcp-session-id')).toBe('s')
    expect(await response.json()).toEqual(answer)
  })

  it('becomes an event for a client without bodies', async () => {
    const response = await inAcceptedForm(Response.json(answer), { json: false, events: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toBe(`event: message\ndata: ${JSON.stringify(answer)}\n\n`)
  })

  it('is left as it is for others', async () => {
    const response = events()
    expect(await inAcceptedForm(response, { json: true, events: true })).toBe(response)
    const empty = new Response(null, { status: 202 })
    expect(await inAcceptedForm(empty, { json: true, events: false })).toBe(empty)
  })
})
