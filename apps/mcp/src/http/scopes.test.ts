import { describe, expect, it } from 'vitest'
import { isWriter } from '../tools/define-tool.ts'
import { TOOLS } from '../tools/registry.ts'
import { missingScope } from './scope-challenge.ts'
import { grantedScopes, narrow } from './scopes.ts'

const EVERYTHING = { readOnly: false, allowLive: true }
const DRAFTS = { readOnly: false, allowLive: false }
const READING = { readOnly: true, allowLive: false }

describe('grantedScopes', () => {
  it('includes lower scopes, and ignores unknown words', () => {
    expect(grantedScopes([])).toEqual([])
    expect(grantedScopes(['openid', 'write'])).toEqual([])
    expect(grantedScopes(['read', 'email'])).toEqual(['read'])
    expect(grantedScopes(['write:draft'])).toEqual(['read', 'write:draft'])
    expect(grantedScopes(['write:live', 'read'])).toEqual(['read', 'write:draft', 'write:live'])
  })
})

describe('narrow', () => {
  it('only restricts settings', () => {
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

  const EVERY_TOOL = { tools: TOOLS, live: true }
  const NO_LIVE = { tools: TOOLS, live: false }
  const NO_WRITER = { tools: TOOLS.filter((tool) => !isWriter(tool)), live: false }

  it.each([
    ['a write for a reader', insert, 'read', EVERY_TOOL, 'write:draft'],
    ['a write to LIVE for a writer of drafts', live, 'write:draft', EVERY_TOOL, 'write:live'],
    ['one of a batch', [call('list_tables'), insert], 'read', NO_LIVE, 'write:draft'],
    ['nothing for a draft', insert, 'write:draft', NO_LIVE, undefined],
    ['nothing for LIVE with all scopes', live, 'write:live', EVERY_TOOL, undefined],
    ['nothing for reading', call('query_records', { table: 'a@live' }), 'read', NO_LIVE, undefined],
    ['nothing where the operator forbids it', insert, 'read', NO_WRITER, undefined],
    ['nothing where LIVE is forbidden to all', live, 'write:draft', NO_LIVE, undefined],
    ['nothing for an unknown tool', call('no_such_tool'), 'read', NO_LIVE, undefined],
    ['nothing for other messages', { method: 'tools/list' }, 'read', NO_LIVE, undefined],
    ['nothing for nonsense', null, 'read', NO_LIVE, undefined],
  ])('names %s', (_what, message, scope, allowed, missing) => {
    expect(missingScope(message, grantedScopes([scope]), allowed)).toBe(missing)
  })
})
