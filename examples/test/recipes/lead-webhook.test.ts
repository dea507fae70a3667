import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { environmentOf, start } from '../program.ts'

const SECRET = 'secret-of-the-sender'

let emulator: Emulator
let program: ChildProcess
let url: string

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'leads',
        columns: [
          { name: 'email', type: 'text' },
          { name: 'stage', type: 'text' },
          { name: 'stage_at', type: 'timestamp' },
        ],
        records: [
          { email: 'ada@example.com', stage: 'new', stage_at: null },
          { email: 'twice@example.com', stage: 'new', stage_at: null },
          { email: 'twice@example.com', stage: 'new', stage_at: null },
        ],
      },
    ],
  })
  const env = { ...environmentOf(emulator), PORT: '0', WEBHOOK_SECRET: SECRET }
  const child = start('lead-webhook.ts', env)
  program = child
  child.stderr.resume()
  const [line] = await once(createInterface(child.stdout), 'line')
  url = `http://127.0.0.1:${/\d+$/.exec(line)?.[0]}/leads`
})

beforeEach(() => emulator.reset())

afterAll(async () => {
  const ended = once(program, 'exit')
  program.kill('SIGTERM')
  await ended
  await emulator.close()
})

const WON = { email: 'ada@example.com', stage: 'won', at: '2026-11-28T10:00:00Z' }

async function send(event: unknown, secret = SECRET) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: typeof event === 'string' ? event : JSON.stringify(event),
  })
  const text = await response.text()
  return { status: response.status, text, retryAfter: response.headers.get('retry-after') }
}

function stage() {
  return emulator.tables.records('leads').find(({ values }) => values.email === WON.email)?.values
    .stage
}

function updates() {
  return emulator.requests.counts.actions.UPDATE ?? 0
}

describe('a webhook', () => {
  it('finds the lead and updates it', async () => {
    expect(await send(WON)).toMatchObject({ status: 200, text: '{"done":"updated"}' })
    expect(stage()).toBe('won')
  })

  it('writes an event once that is delivered twice', async () => {
    await send(WON)
    expect(await send(WON)).toMatchObject({ status: 200, text: '{"done":"before"}' })
    expect(updates()).toBe(1)
  })

  it('does not go back to an event that arrives late', async () => {
    await send(WON)
    const earlier = { ...WON, stage: 'contacted', at: '2026-11-28T09:59:59Z' }
    expect((await send(earlier)).status).toBe(200)
    expect(stage()).toBe('won')
  })

  it.each([
    ['an unknown lead', { ...WON, email: 'eve@example.com' }, 404],
    ['a lead that is there twice', { ...WON, email: 'twice@example.com' }, 409],
    ['an unknown stage', { ...WON, stage: 'wonn' }, 400],
    ['no JSON', 'stage=won', 400],
    ['a large body', { ...WON, note: 'x'.repeat(10_000) }, 413],
  ])('answers %s without a write', async (_, event, status) => {
    expect((await send(event)).status).toBe(status)
    expect(updates()).toBe(0)
  })

  it('answers nobody without the secret', async () => {
    expect((await send(WON, 'guessed')).status).toBe(401)
    expect(emulator.requests.counts.total).toBe(0)
  })

  it('asks for the event again when the outcome is unknown, and takes it then', async () => {
    // The update is written, and its response is lost; then all else fails.
    emulator.faults.set([
      { kind: 'latency', when: 'after', ms: 1_000, actions: ['UPDATE'] },
      { kind: 'reset', when: 'after', actions: ['UPDATE'] },
    ])
    const response = send(WON)
    await vi.waitFor(() => expect(stage()).toBe('won'))
    emulator.faults.add({ kind: 'status', status: 503, when: 'before' })
    expect(await response).toMatchObject({ status: 503, retryAfter: '30' })
    emulator.faults.clear()
    expect(await send(WON)).toMatchObject({ status: 200, text: '{"done":"before"}' })
  })

  it('asks for the event again while the gateway fails', async () => {
    emulator.faults.set([{ kind: 'status', status: 500 }])
    expect((await send(WON)).status).toBe(503)
    expect(stage()).toBe('new')
  })
})
