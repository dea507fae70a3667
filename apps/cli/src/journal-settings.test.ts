import { expect, it } from 'vitest'
import { journalSettings } from './journal-settings.ts'

it('is on, with nothing hidden, where the environment says nothing', () => {
  expect(journalSettings({ CHATLAYER_JOURNAL: '' })).toEqual({
    isOn: true,
    retention: { days: undefined, megabytes: undefined },
    redact: [],
  })
})

it('reads what the environment says', () => {
  const env = {
    CHATLAYER_JOURNAL: 'OFF',
    CHATLAYER_JOURNAL_DAYS: '7',
    CHATLAYER_JOURNAL_MB: '1.5',
    CHATLAYER_JOURNAL_REDACT: 'leads.e-mail:hash, *.a.b:drop',
  }
  expect(journalSettings(env)).toEqual({
    isOn: false,
    retention: { days: 7, megabytes: 1.5 },
    redact: [
      { column: 'leads.e-mail', how: 'hash' },
      { column: '*.a.b', how: 'drop' },
    ],
  })
})

it.each([
  ['CHATLAYER_JOURNAL', 'maybe'],
  ['CHATLAYER_JOURNAL_DAYS', 'many'],
  ['CHATLAYER_JOURNAL_MB', '-1'],
  ['CHATLAYER_JOURNAL_REDACT', 'city'],
  ['CHATLAYER_JOURNAL_REDACT', 'leads.city:hide'],
])('refuses %s=%s', (name, value) => {
  expect(() => journalSettings({ [name]: value })).toThrow(name)
})
