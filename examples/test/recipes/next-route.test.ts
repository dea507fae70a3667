import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { environmentOf } from '../program.ts'

let emulator: Emulator
let route: typeof import('../../recipes/next-route.ts')

const shared = globalThis as { tables?: { close(): Promise<void> } | undefined }

beforeAll(async () => {
  const hours = (store: string, weekday: number) => ({
    store,
    weekday,
    opens: '09:00',
    closes: weekday === 5 ? '20:00' : '18:00',
  })
  emulator = await startEmulator({
    tables: [
      {
        name: 'hours',
        columns: [
          { name: 'store', type: 'text' },
          { name: 'weekday', type: 'int' },
          { name: 'opens', type: 'text' },
          { name: 'closes', type: 'text' },
        ],
        version: 'LIVE',
        records: [hours('GNT', 5), hours('GNT', 1), hours('ANR', 1)],
      },
    ],
  })
  // As during `next build`: the module loads without a connection.
  route = await import('../../recipes/next-route.ts')
  for (const [name, value = ''] of Object.entries(environmentOf(emulator))) {
    if (name.startsWith('CHATLAYER_')) vi.stubEnv(name, value)
  }
})

beforeEach(() => emulator.reset())

afterAll(async () => {
  vi.unstubAllEnvs()
  await shared.tables?.close()
  shared.tables = undefined
  await emulator.close()
})

function get(query: string, init: RequestInit = {}): Promise<Response> {
  return route.GET(new Request(`http://localhost/api/hours${query}`, init))
}

describe('a route handler', () => {
  it('runs in Node, and responds with the hours of a store in their order', async () => {
    expect(route.runtime).toBe('nodejs')
    const response = await get('?store=GNT')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual([
      { store: 'GNT', weekday: 1, opens: '09:00', closes: '18:00' },
      { store: 'GNT', weekday: 5, opens: '09:00', closes: '20:00' },
    ])
  })

  it('uses one client, also after the module was loaded again', async () => {
    await get('?store=GNT')
    const client = shared.tables
    expect(client).toBeDefined()
    vi.resetModules()
    const again = await import('../../recipes/next-route.ts')
    expect(again.GET).not.toBe(route.GET)
    await again.GET(new Request('http://localhost/api/hours?store=ANR'))
    expect(shared.tables).toBe(client)
  })

  it('asks for a store', async () => {
    expect((await get('')).status).toBe(400)
    expect(emulator.requests.counts.total).toBe(0)
  })

  it('ends the read when the visitor leaves', async () => {
    emulator.faults.set([{ kind: 'hang' }])
    const visit = new AbortController()
    const response = get('?store=GNT', { signal: visit.signal })
    await vi.waitFor(() => expect(emulator.requests.counts.total).toBeGreaterThan(0))
    visit.abort()
    await expect(response).rejects.toThrow(/aborted/)
  })

  it('is not available while the gateway fails', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    emulator.faults.set([{ kind: 'status', status: 500 }])
    const response = await get('?store=GNT')
    expect([response.status, await response.text()]).toEqual([503, '{"error":"not available now"}'])
    expect(logged).toHaveBeenCalledOnce()
    logged.mockRestore()
  })
})
