import { describe, expect, it } from 'vitest'
import type { Settings } from '../options.ts'
import { missingScope } from './scope-challenge.ts'
import { grantedScopes, narrow } from './scopes.ts'

const EVERYTHING: Settings = { readOnly: false, allowLive: true }
const DRAFTS: Settings = { readOnly: false, allowLive: false }
const READING: Settings = { readOnly: true, allowLive: false }

describe('grantedScopes', () => {
  it('holds what each scope holds, and nothing for words of others', () => {
    expect(grantedScopes([])).toEqual([])
    expect(grantedScopes(['openid', 'write'])).toEqual([])
    expect(grantedScopes(['read', 'email'])).toEqual(['read'])
    expect(grantedScopes(['write:draft'])).toEqual(['read', 'write:draft'])
    expect(grantedScopes(['write:live', 'read'])).toEqual(['read', 'write:draft', 'write:live'])
  })
})

describe('narrow', () => {
  it('takes away, and never gives', () => {
    const read = grantedScopes(['read'])
    const draft = grantedScopes(['write:draft'])
    const live = grantedScopes(['write:live'])
    expect(narrow(EVERYTHING, read)).toEqual(READING)
    expect(narrow(EVERYTHING, draft)).toEqual(DRAFTS)
    expect(narrow(EVERYTHING, live)).toEqual(EVERYTHING)
    expect(narrow(DRAFTS, live)).toEqual(DRAFTS)
    expect(narrow(READING, live)).toEqual(READING)
    expect(narrow(EVERYTHING, [])).toEqual(READING)
  })
})

describe('missingScope', () => {
  const call = (name: string, args?: unknown) => ({
    method: 'tools/call',
    params: { name, arguments: args },
  })
  const insert = call('insert_records', { table: 'stores' })
  const live = call('insert_records', { table: 'stores@Live ' })

  it.each([
    ['a write for a reader', insert, 'read', EVERYTHING, 'write:draft'],
    ['a write to LIVE for a writer of drafts', live, 'write:draft', EVERYTHING, 'write:live'],
    ['one of a batch', [call('list_tables'), insert], 'read', DRAFTS, 'write:draft'],
    ['nothing for a draft', insert, 'write:draft', DRAFTS, undefined],
    ['nothing for LIVE with all scopes', live, 'write:live', EVERYTHING, undefined],
    ['nothing for reading', call('query_records', { table: 'a@live' }), 'read', DRAFTS, undefined],
    ['nothing where the operator forbids it', insert, 'read', READING, undefined],
    ['nothing where LIVE is forbidden to all', live, 'write:draft', DRAFTS, undefined],
    ['nothing for an unknown tool', call('no_such_tool'), 'read', DRAFTS, undefined],
    ['nothing for what is no call', { method: 'tools/list' }, 'read', DRAFTS, undefined],
    ['nothing for nonsense', null, 'read', DRAFTS, undefined],
  ])('names %s', (_what, message, scope, settings, missing) => {
    expect(missingScope(message, grantedScopes([scope]), settings)).toBe(missing)
  })
})
