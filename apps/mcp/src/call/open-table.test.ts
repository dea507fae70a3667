import { createClient, type Version } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { Confirmation } from '../confirm/confirmation.ts'
import { WriteJournal } from '../journal/write-journal.ts'
import { Catalog } from '../policy/catalog.ts'
import { NO_FACTS } from '../request-facts.ts'
import { ServerReviews } from '../review/server-reviews.ts'
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts'
import { ServerNotes } from '../state/server-notes.ts'
import { ServerState } from '../state/server-state.ts'
import { ServerMirrors } from '../tools/query-sql/server-mirrors.ts'
import type { CallContext } from './context.ts'
import { openTable } from './open-table.ts'

const quiet = () => {}
const log = { error: quiet, warn: quiet, info: quiet, debug: quiet }

interface Given {
  readonly settings?: Partial<Settings>
  readonly version?: Version
}

function context({ settings = {}, version }: Given = {}): CallContext {
  const client = createClient({
    token: 'user:password',
    baseUrl: 'http://127.0.0.1:9',
    teamId: 'team',
    botId: 'bot',
    version,
  })
  const all = { ...DEFAULT_SETTINGS, ...settings }
  const tables = ['stores', 'prod:stores'].map((name) => ({
    id: `id of ${name}`,
    botId: 'bot',
    name,
    description: '',
    columns: [],
  }))
  client.tables.list = async () => tables
  const state = new ServerState({ env: {}, log })
  const setup = { settings: all, env: {}, log, state }
  const catalog = new Catalog(client, all, log)
  return {
    client,
    catalog,
    confirmation: new Confirmation({
      settings: all,
      client,
      notes: new ServerNotes(state, log),
      key: async () => Buffer.alloc(32),
      now: async () => Date.now(),
    }),
    journal: new WriteJournal(setup),
    mirrors: new ServerMirrors(setup, catalog),
    reviews: new ServerReviews(setup, client),
    settings: all,
    env: {},
    log,
    state,
    request: NO_FACTS,
    signal: new AbortController().signal,
  }
}

const versionOf = async (given: Given, name: string, purpose: 'read' | 'write' = 'read') =>
  (await openTable(context(given), name, purpose)).version

describe('openTable', () => {
  it('takes the version from the name, or from the connection', async () => {
    expect(await versionOf({}, 'stores')).toBe('DRAFT')
    expect(await versionOf({}, 'stores@LIVE')).toBe('LIVE')
    expect(await versionOf({ version: 'LIVE' }, 'stores')).toBe('LIVE')
    expect(await versionOf({ version: 'LIVE' }, 'stores@draft', 'write')).toBe('DRAFT')
  })

  it.each([
    ['named', 'stores@live', undefined],
    ['the default of the connection', 'stores', 'LIVE' as const],
  ])('rejects writes to LIVE if the version is %s', async (_how, name, version) => {
    const given = version === undefined ? {} : { version }
    await expect(versionOf(given, name, 'write')).rejects.toThrow('does not write to LIVE')
    const settings = { allowLive: true }
    expect(await versionOf({ ...given, settings }, name, 'write')).toBe('LIVE')
  })

  it('rejects writes on a read-only server', async () => {
    const settings = { readOnly: true }
    await expect(versionOf({ settings }, 'stores', 'write')).rejects.toThrow('only reads')
    expect(await versionOf({ settings }, 'stores')).toBe('DRAFT')
  })

  it('has no profiles: a colon is part of the name', async () => {
    expect(await versionOf({}, 'prod:stores')).toBe('DRAFT')
    expect(await versionOf({}, ':prod:stores@live')).toBe('LIVE')
    await expect(versionOf({}, 'dev:stores')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('suggests the nearest visible table', async () => {
    await expect(versionOf({}, 'store')).rejects.toMatchObject({
      details: { hint: 'Did you mean "stores"?' },
    })
    const settings = { tables: ['prod:stores'] }
    await expect(versionOf({ settings }, 'stores')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { hint: expect.not.stringContaining('"stores"') },
    })
  })
})
