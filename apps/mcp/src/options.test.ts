import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './options.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'

function settingsOf(...args: string[]): Settings {
  const command = parseCommandLine(args)
  if (command.kind !== 'serve') throw new Error(JSON.stringify(command))
  return command.settings
}

describe('parseCommandLine', () => {
  it('allows writes to DRAFT by default', () => {
    expect(parseCommandLine([])).toEqual({
      kind: 'serve',
      settings: DEFAULT_SETTINGS,
      logLevel: 'info',
    })
  })

  it('reads the options', () => {
    expect(parseCommandLine(['--allow-live', '--log-level', 'debug'])).toMatchObject({
      settings: { readOnly: false, allowLive: true },
      logLevel: 'debug',
    })
    expect(parseCommandLine(['--read-only'])).toMatchObject({ settings: { readOnly: true } })
    expect(settingsOf('--views', 'off').views).toBe(false)
    expect(settingsOf('--views=on').views).toBe(true)
    expect(parseCommandLine(['--views', 'maybe'])).toEqual({
      kind: 'invalid',
      message: '--views must be on or off',
    })
    expect(parseCommandLine(['-h', '--read-only'])).toEqual({ kind: 'help' })
    expect(parseCommandLine(['-V'])).toEqual({ kind: 'version' })
  })

  it('reads the limits of the tools', () => {
    expect(
      settingsOf(
        '--tables',
        'stores, faq',
        '--tables=leads',
        '--hide-columns',
        'leads.email,*.ssn',
      ),
    ).toMatchObject({ tables: ['stores', 'faq', 'leads'], hideColumns: ['leads.email', '*.ssn'] })
    expect(settingsOf('--mask-columns', 'a.b.c', '--files', 'a,b', '--files', 'c')).toMatchObject({
      maskColumns: ['a.b.c'],
      files: ['a,b', 'c'],
    })
    expect(settingsOf('--tools', 'query_records', '--toolset', 'files').tools).toEqual([
      'query_records',
      'import_file',
      'export_file',
    ])
  })

  it('reads the confirmation modes', () => {
    const { confirm, bulkThreshold } = settingsOf(
      ...['--confirm', 'block', '--confirm', 'bulk=allow,delete=confirm', '--confirm-above', '5'],
    )
    expect(confirm).toEqual({ bulk: 'allow', live: 'block', delete: 'confirm' })
    expect(bulkThreshold).toBe(5)
    expect(settingsOf('--confirm-key-file', '/k').confirmKeyFile).toBe('/k')
  })

  it.each([
    [['--token=u:s3cret-password']],
    [['--token', 'u:s3cret-password']],
    [['u:s3cret-password']],
    [['--log-level', 's3cret-password']],
    [['--log-level=']],
    [['--read-only=s3cret-password']],
    [['--read-only', '--allow-live']],
    [['--tables', '']],
    [['--tables', 's3cret,,x']],
    [['--hide-columns', 's3cret']],
    [['--hide-columns', '.s3cret']],
    [['--mask-columns', 's3cret.']],
    [['--tools', 'list_tables,s3cret']],
    [['--toolset', 's3cret']],
    [['--toolset', 'constructor']],
    [['--confirm', 's3cret']],
    [['--confirm', 's3cret=block']],
    [['--confirm', 'live=s3cret']],
    [['--confirm-above', '-1']],
    [['--confirm-above', 's3cret']],
    [['--files', '']],
    [['--confirm-key-file', '']],
  ])('rejects %j without quoting it', (args) => {
    const command = parseCommandLine(args)
    expect(command.kind).toBe('invalid')
    expect(JSON.stringify(command)).not.toContain('s3cret')
  })
})

it.each([
  [[], {}, true],
  [['--no-journal'], {}, false],
  [[], { CHATLAYER_JOURNAL: ' Off ' }, false],
  [[], { CHATLAYER_JOURNAL: 'on' }, true],
  // Neither on nor off: the first write reports this, and is not sent.
  [[], { CHATLAYER_JOURNAL: 'maybe' }, true],
])('%j with %j: the journal is on: %s', (args, env, journal) => {
  expect(parseCommandLine(args, env)).toMatchObject({ settings: { journal } })
})
