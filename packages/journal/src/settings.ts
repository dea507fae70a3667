/** What the environment says of the journal, the same for every program that keeps one. */
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
  const said = text?.trim().toLowerCase() || 'on'
  if (said === 'on' || said === 'off') return said === 'on'
  throw new ConfigurationError('CHATLAYER_JOURNAL is neither on nor off')
}

function readNumber(env: Environment, name: string): number | undefined {
  const text = env[name]?.trim()
  if (!text) return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text)
  throw new ConfigurationError(`${name} is no number`)
}

/** Rules with commas between, such as `leads.email:hash, *.phone:drop`. */
function readRules(text: string | undefined): RedactRule[] {
  const rules = (text ?? '').split(',').map((rule) => rule.trim())
  return rules.filter((rule) => rule !== '').map(readRule)
}

function readRule(text: string): RedactRule {
  const [, column, how] = /^(.+\..+):(drop|hash)$/.exec(text) ?? []
  if (column !== undefined && how !== undefined) return { column, how: how as RedactHow }
  throw new ConfigurationError('CHATLAYER_JOURNAL_REDACT has a rule that cannot be read', {
    hint: 'Write table.column:drop or *.column:hash, with commas between.',
  })
}
