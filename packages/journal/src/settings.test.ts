import { describe, expect, it } from 'vitest'
import { settingsFromEnvironment } from './settings.ts'

describe('settingsFromEnvironment', () => {
  it('keeps everything by default', () => {
    expect(settingsFromEnvironment({ CHATLAYER_JOURNAL: ' ' })).toEqual({
      isOn: true,
      retention: { days: undefined, megabytes: undefined },
      redact: [],
    })
  })

  it('reads every setting', () => {
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

  it('reads names with dots and dashes', () => {
    const env = {
      CHATLAYER_JOURNAL_DAYS: '7',
      CHATLAYER_JOURNAL_REDACT: 'leads.e-mail:hash, *.a.b:drop',
    }
    expect(settingsFromEnvironment(env)).toEqual({
      isOn: true,
      retention: { days: 7, megabytes: undefined },
      redact: [
        { column: 'leads.e-mail', how: 'hash' },
        { column: '*.a.b', how: 'drop' },
      ],
    })
  })

  it('names the invalid rule by its place', () => {
    const env = { CHATLAYER_JOURNAL_REDACT: 'a.b:drop, c.d' }
    expect(() => settingsFromEnvironment(env)).toThrow('rule 2 of CHATLAYER_JOURNAL_REDACT')
  })

  it.each([
    ['CHATLAYER_JOURNAL', 'maybe'],
    ['CHATLAYER_JOURNAL_DAYS', 'many'],
    ['CHATLAYER_JOURNAL_MB', '-1'],
    ['CHATLAYER_JOURNAL_REDACT', 'email:hash'],
    ['CHATLAYER_JOURNAL_REDACT', 'leads.email:forget'],
    ['CHATLAYER_JOURNAL_REDACT', 'city'],
    ['CHATLAYER_JOURNAL_REDACT', 'leads.city:hide'],
  ])('refuses %s=%s, and does not quote it', (name, value) => {
    const read = () => settingsFromEnvironment({ [name]: value })
    expect(read).toThrow(name)
    expect(read).not.toThrow(value)
  })
})
