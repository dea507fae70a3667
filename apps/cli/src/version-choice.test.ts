import { describe, expect, it } from 'vitest'
import { UsageError } from './failures.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

const nothing: VersionSources = { reference: undefined, live: false, environment: undefined }

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
      expect(choose({ ...nothing, reference: 'DRAFT', environment: 'LIVE' })).toBe('DRAFT')
      expect(choose({ ...nothing, live: true, environment: 'DRAFT' })).toBe('LIVE')
    }
  })

  it('is read from the environment for reading, and refused for writing to LIVE', () => {
    expect(versionToRead({ ...nothing, environment: 'LIVE' })).toBe('LIVE')
    expect(() => versionToWrite({ ...nothing, environment: 'LIVE' })).toThrow(UsageError)
    expect(versionToWrite({ ...nothing, environment: 'DRAFT' })).toBe('DRAFT')
  })

  it('is refused when two things are said', () => {
    expect(() => versionToRead({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
    expect(() => versionToWrite({ ...nothing, reference: 'DRAFT', live: true })).toThrow(UsageError)
  })
})
