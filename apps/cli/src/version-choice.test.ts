import { describe, expect, it } from 'vitest'
import { UsageError } from './failures.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

const LIVE = { value: 'LIVE', by: 'CHATLAYER_TABLE_VERSION' } as const
const DRAFT = { value: 'DRAFT', by: 'CHATLAYER_TABLE_VERSION' } as const

const nothing: VersionSources = { reference: undefined, live: false, setting: undefined }

describe('which version', () => {
  it('is DRAFT by default', () => {
    expect(versionToRead(nothing)).toBe('DRAFT')
    expect(versionToWrite(nothing)).toBe('DRAFT')
  })

  it('on the command line takes precedence over the environment', () => {
    for (const choose of [versionToRead, versionToWrite]) {
      expect(choose({ ...nothing, live: true })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'LIVE' })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'LIVE', live: true })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'DRAFT', setting: LIVE })).toBe('DRAFT')
      expect(choose({ ...nothing, live: true, setting: DRAFT })).toBe('LIVE')
    }
  })

  it('comes from a setting for reading, but not for writing to LIVE', () => {
    expect(versionToRead({ ...nothing, setting: LIVE })).toBe('LIVE')
    expect(() => versionToWrite({ ...nothing, setting: LIVE })).toThrow(
      /^CHATLAYER_TABLE_VERSION sets LIVE/,
    )
    const ofProfile = { value: 'LIVE', by: 'profile' } as const
    expect(() => versionToWrite({ ...nothing, setting: ofProfile })).toThrow(/^the profile sets/)
    expect(versionToWrite({ ...nothing, setting: DRAFT })).toBe('DRAFT')
  })

  it('must not be set twice on the command line', () => {
    expect(() => versionToRead({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
    expect(() => versionToWrite({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
  })
})
