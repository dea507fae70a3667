import { describe, expect, it } from 'vitest'
import { UsageError } from './failures.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

const LIVE = { value: 'LIVE', by: 'CHATLAYER_TABLE_VERSION' } as const
const DRAFT = { value: 'DRAFT', by: 'CHATLAYER_TABLE_VERSION' } as const

const nothing: VersionSources = { reference: undefined, live: false, setting: undefined }

describe('which version', () => {
  it('is DRAFT when nothing is said', () => {
    expect(versionToRead(nothing)).toBe('DRAFT')
    expect(versionToWrite(nothing)).toBe('DRAFT')
  })

  it('is what the command line says, whatever the environment says', () => {
    for (const choose of [versionToRead, versionToWrite]) {
      expect(choose({ ...nothing, live: true })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'LIVE' })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'LIVE', live: true })).toBe('LIVE')
      expect(choose({ ...nothing, reference: 'DRAFT', setting: LIVE })).toBe('DRAFT')
      expect(choose({ ...nothing, live: true, setting: DRAFT })).toBe('LIVE')
    }
  })

  it('is read from a setting for reading, and refused for writing to LIVE', () => {
    expect(versionToRead({ ...nothing, setting: LIVE })).toBe('LIVE')
    expect(() => versionToWrite({ ...nothing, setting: LIVE })).toThrow(
      /^CHATLAYER_TABLE_VERSION says LIVE/,
    )
    const ofProfile = { value: 'LIVE', by: 'profile' } as const
    expect(() => versionToWrite({ ...nothing, setting: ofProfile })).toThrow(/^the profile says/)
    expect(versionToWrite({ ...nothing, setting: DRAFT })).toBe('DRAFT')
  })

  it('is refused when two things are said', () => {
    expect(() => versionToRead({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
    expect(() => versionToWrite({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
  })
})
