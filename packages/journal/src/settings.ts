/** The journal's settings in the environment, the same for every program that keeps a journal. */
import { ConfigurationError } from '@chatlayer-tables/core'
import type { RedactHow, RedactRule } from './redact.ts'
import type { RetentionOptions } from './retention.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface JournalSettings {
  readonly isOn: boolean
  readonly retention: RetentionOptions
  readonly redact: readonly RedactRule[]
}

/** @throws ConfigurationError for a variable with a wrong value, which is not quoted */
export function settingsFromEnvironment(env: Environment): JournalSettings {
  return {
    isOn: readSwitch(env.CHATLAYER_JOURNAL),
    retention: {
      days: readNumber(env, 'CHATLAYER_JOURNAL_DAYS'),
      megabytes: readNumber(env, 'CHATLAYER_JOURNAL_MB'),
    },
    redact: readRules(env.CHATLAYER_JOURNAL_REDACT),
  }
}

function readSwitch(text: string | undefined): boolean {
  const value = text?.trim().toLowerCase() || 'on'
  if (value === 'on' || value === 'off') return value === 'on'
  throw new ConfigurationError('CHATLAYER_JOURNAL must be on or off')
}

function readNumber(env: Environment, name: string): number | undefined {
  const text = env[name]?.trim()
  if (!text) return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text)
  throw new ConfigurationError(`${name} must be a number`)
}

/** Comma-separated rules, such as `leads.email:hash, *.phone:drop`. */
function readRules(text: string | undefined): RedactRule[] {
  const rules = (text ?? '').split(',').map((rule) => rule.trim())
  return rules.flatMap((rule, index) => (rule === '' ? [] : [readRule(rule, index + 1)]))
}

function readRule(text: string, place: number): RedactRule {
  const [, column, how] = /^(.+\..+):(drop|hash)$/.exec(text) ?? []
  if (column !== undefined && how !== undefined) return { column, how: how as RedactHow }
  throw new ConfigurationError(`rule ${place} of CHATLAYER_JOURNAL_REDACT is invalid`, {
    hint: 'Write table.column:drop or *.column:hash, comma-separated.',
  })
}
