/** Options of commands that write to tables. */
import { defineOptions, type OptionValues } from '../define-command.ts'
import { parseNumber } from './parse-count.ts'

export const dryRunOption = defineOptions([
  { flags: '--dry-run', about: 'show what would change; change nothing' },
])

export const safetyOptions = defineOptions([
  ...dryRunOption,
  { flags: '-y, --yes', about: 'skip confirmation; required without a terminal' },
])

/** For commands that know before they write how many records they affect. */
export const expectOption = defineOptions([
  {
    flags: '--expect <n>',
    about: 'write nothing unless exactly this many records are affected',
    parse: parseNumber,
  },
])

/** For commands that ask only before deleting. */
export const yesToDeleteOption = defineOptions([
  { flags: '-y, --yes', about: 'skip confirmation before records are deleted' },
])

/** For commands that write values. */
export const acceptStoredOption = defineOptions([
  {
    flags: '--accept-stored',
    about: 'exit 0 even if the gateway stored some values differently from what was sent',
  },
])

/** For commands that write by key or by comparison. */
export const noWaitOption = defineOptions([
  {
    flags: '--no-wait',
    about: 'fail immediately while another process writes to the table by key',
  },
])

/** For commands that delete records missing from their source. */
export const allowEmptyOption = defineOptions([
  { flags: '--allow-empty', about: 'delete all records even if the source has none' },
])

export const onErrorChoices = ['continue', 'stop'] as const

export const noteOption = defineOptions([
  { flags: '--note <text>', about: 'reason, recorded with the changes' },
])

export const journalOptions = defineOptions([
  ...noteOption,
  { flags: '--no-journal', about: 'do not record the writes; they cannot be undone then' },
])

export type SafetyFlags = OptionValues<typeof safetyOptions>
export type ExpectFlags = OptionValues<typeof expectOption>
export type StoredFlags = OptionValues<typeof acceptStoredOption>
export type LockFlags = OptionValues<typeof noWaitOption>
