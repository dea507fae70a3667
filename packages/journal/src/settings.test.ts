import { describe, expect, it } from 'vitest'
import { settingsFromEnvironment } from './settings.ts'

describe('settingsFromEnvironment', () => {
  it('keeps everything where nothing is said', () => {
    expect(settingsFromEnvironment({ CHATLAYER_JOURNAL: ' ' })).toEqual({
      isOn: true,
      retention: { days: undefined, megabytes: undefined },
      redact: [],
    })
  })

  it('reads what is said', () => {
    const env = {
      CHATLAYER_JOURNAL: 'OFF',
      CHATLAYER_JOURNAL_DAYS: '30',
      CHATLAYER_JOURNAL_MB: '1.5',
      CHATLAYER_JOURNAL_REDACT: 'leads.email:hash, *.phone:drop,',
    }
    expect(settingsFromEnvironment(env)).toEqual({
      isOn: false,
      retention: { days: 30, megabytes: 1.5 },
      redact: [
        { column: 'leads.email', how: 'hash' },
        { column: '*.phone', how: 'drop' },
      ],
    })
  })

  it.each([
    ['CHATLAYER_JOURNAL', 'maybe'],
    ['CHATLAYER_JOURNAL_DAYS', 'many'],
    ['CHATLAYER_JOURNAL_MB', '-1'],
    ['CHATLAYER_JOURNAL_REDACT', 'email:hash'],
    ['CHATLAYER_JOURNAL_REDACT', 'leads.email:forget'],
  ])('refuses %s=%s, and does not quote it', (name, value) => {
    const read = () => settingsFromEnvironment({ [name]: value })
    expect(read).toThrow(name)
    expect(read).not.toThrow(value)
  })
})
