import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './options.ts'

describe('parseCommandLine', () => {
  it('serves DRAFT writes unless told otherwise', () => {
    expect(parseCommandLine([])).toEqual({
      kind: 'serve',
      settings: { readOnly: false, allowLive: false },
      logLevel: 'info',
    })
  })

  it('reads the options', () => {
    expect(parseCommandLine(['--allow-live', '--log-level', 'debug'])).toMatchObject({
      settings: { readOnly: false, allowLive: true },
      logLevel: 'debug',
    })
    expect(parseCommandLine(['--read-only'])).toMatchObject({ settings: { readOnly: true } })
    expect(parseCommandLine(['-h', '--read-only'])).toEqual({ kind: 'help' })
    expect(parseCommandLine(['-V'])).toEqual({ kind: 'version' })
  })

  it.each([
    [['--token=u:s3cret-password']],
    [['--token', 'u:s3cret-password']],
    [['u:s3cret-password']],
    [['--log-level', 's3cret-password']],
    [['--log-level=']],
    [['--read-only=s3cret-password']],
    [['--read-only', '--allow-live']],
  ])('refuses %j without quoting it', (args) => {
    const command = parseCommandLine(args)
    expect(command.kind).toBe('mistake')
    expect(JSON.stringify(command)).not.toContain('s3cret')
  })
})
