import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, it } from 'vitest'
import { createServer, instructions } from './server.ts'
import type { Session } from './session.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'

const DEFAULTS: Settings = DEFAULT_SETTINGS

const clients: Client[] = []

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

async function connect(settings: Settings, call: Session['call']): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  await createServer(settings, { call, close: async () => {} }).connect(far)
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(near)
  clients.push(client)
  return client
}

const answered: Session['call'] = async () => ({
  content: [{ type: 'text', text: 'x' }],
  structuredContent: { notice: '', error: { code: 'X', message: 'x' } },
  isError: true,
})

describe('createServer', () => {
  it('passes arguments on unchanged, so that the session can report what is wrong', async () => {
    const calls: unknown[] = []
    const client = await connect(DEFAULTS, async (tool, args, signal) => {
      calls.push([tool.name, args])
      return answered(tool, args, signal)
    })
    await client.callTool({ name: 'query_records', arguments: { limit: 'many', nonsense: 1 } })
    await client.callTool({ name: 'list_tables' })
    expect(calls).toEqual([
      ['query_records', { limit: 'many', nonsense: 1 }],
      ['list_tables', {}],
    ])
  })

  it('aborts the signal of a cancelled call', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const client = await connect(DEFAULTS, (tool, args, signal) => {
      started.resolve(signal)
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(answered(tool, args, signal)))
      })
    })
    const giveUp = new AbortController()
    const call = client.callTool({ name: 'list_tables' }, { signal: giveUp.signal })
    const signal = await started.promise
    expect(signal.aborted).toBe(false)
    giveUp.abort()
    await expect(call).rejects.toThrow()
    await expect.poll(() => signal.aborted).toBe(true)
  })

  it('returns the same list to every client', async () => {
    const [one, other] = [await connect(DEFAULTS, answered), await connect(DEFAULTS, answered)]
    expect(await one.listTools()).toEqual(await other.listTools())
  })
})

describe('instructions', () => {
  it('state what the operator allows', () => {
    expect(instructions(DEFAULTS)).toContain('Writes go to DRAFT only.')
    expect(instructions({ ...DEFAULTS, allowLive: true })).toContain('DRAFT and to LIVE')
    expect(instructions({ ...DEFAULTS, readOnly: true })).toContain('This server only reads.')
    expect(instructions({ ...DEFAULTS, readOnly: true })).not.toContain('dry_run')
  })

  it('are short', () => {
    const confirm = { bulk: 'confirm', live: 'review', delete: 'block' } as const
    expect(instructions({ ...DEFAULTS, confirm })).toContain('the user decides')
    expect(instructions({ ...DEFAULTS, confirm })).not.toContain('with the token alone')
    expect(instructions({ ...DEFAULTS, allowLive: true, confirm }).length).toBeLessThan(700)
    expect(instructions(DEFAULTS).length).toBeLessThan(700)
  })
})
