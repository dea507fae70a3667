import { createClient, type Version } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import type { Settings } from '../options.ts'
import type { CallContext } from './context.ts'
import { openTable } from './open-table.ts'

const quiet = () => {}

function context(settings: Partial<Settings> = {}, version?: Version): CallContext {
  return {
    client: createClient({
      token: 'user:password',
      baseUrl: 'http://127.0.0.1:9',
      teamId: 'team',
      botId: 'bot',
      version,
    }),
    settings: { readOnly: false, allowLive: false, ...settings },
    log: { error: quiet, warn: quiet, info: quiet, debug: quiet },
    signal: new AbortController().signal,
  }
}

describe('openTable', () => {
  it('takes the version from the name, else from the connection', () => {
    expect(openTable(context(), 'stores', 'read').version).toBe('DRAFT')
    expect(openTable(context(), 'stores@LIVE', 'read').version).toBe('LIVE')
    expect(openTable(context({}, 'LIVE'), 'stores', 'read').version).toBe('LIVE')
    expect(openTable(context({}, 'LIVE'), 'stores@draft', 'write').version).toBe('DRAFT')
  })

  it.each([
    ['named', 'stores@live', undefined],
    ['the default of the connection', 'stores', 'LIVE' as const],
  ])('keeps writes off LIVE when it is %s', (_how, name, version) => {
    expect(() => openTable(context({}, version), name, 'write')).toThrow('does not write to LIVE')
    const allowed = context({ allowLive: true }, version)
    expect(openTable(allowed, name, 'write').version).toBe('LIVE')
  })

  it('lets nothing be written when the server only reads', () => {
    const readOnly = context({ readOnly: true })
    expect(() => openTable(readOnly, 'stores', 'write')).toThrow('only reads')
    expect(openTable(readOnly, 'stores', 'read').version).toBe('DRAFT')
  })

  it('knows no profiles, but tables with a colon in their name', () => {
    expect(() => openTable(context(), 'prod:stores', 'read')).toThrow('no profiles')
    expect(() => openTable(context(), ':prod:stores', 'read')).not.toThrow()
  })
})
