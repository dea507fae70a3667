/** The options that every command takes. */
import { defineOptions, type OptionValues } from '../define-command.ts'

const connectionOptions = defineOptions([
  {
    flags: '--profile <name>',
    about: 'saved connection (CHATLAYER_PROFILE)',
    completes: 'profile',
  },
  {
    flags: '--region <region>',
    about: 'eu, us, sa or asia (CHATLAYER_REGION)',
    completes: { values: ['eu', 'us', 'sa', 'asia'] },
  },
  { flags: '--base-url <url>', about: 'gateway URL instead of a region (CHATLAYER_BASE_URL)' },
  { flags: '--team <id>', about: 'team ID (CHATLAYER_TEAM_ID)' },
  { flags: '--bot <id>', about: 'bot ID (CHATLAYER_BOT_ID)' },
  {
    flags: '--token-file <path>',
    about: 'file that contains the token, instead of CHATLAYER_TOKEN',
    completes: 'file',
  },
])

export const commonOptions = defineOptions([
  { flags: '--json', about: 'JSON output' },
  { flags: '--jq <expression>', about: 'filter JSON output with jq; print strings unquoted' },
  { flags: '--verbose', about: 'log every request and error details to stderr' },
  { flags: '--no-color', about: 'no colors (NO_COLOR)' },
  { flags: '--wide', about: 'do not cut or omit columns of a table, even if lines wrap' },
  { flags: '--vertical', about: 'show each row as a block, one line for each column' },
  { flags: '--no-pager', about: 'no pager for output longer than the screen (PAGER)' },
  { flags: '-q, --quiet', about: 'nothing but questions and errors on stderr' },
  { flags: '--live', about: 'work on LIVE', defaultText: 'DRAFT' },
  ...connectionOptions,
])

export type CommonValues = OptionValues<typeof commonOptions>

/** Journal options; commands that do not write have none. */
export interface JournalFlags {
  /** False if the writes must not be recorded. */
  readonly journal?: boolean
  readonly note?: string
}

/** Connection settings; each overrides the environment. */
export type ConnectionFlags = OptionValues<typeof connectionOptions> & JournalFlags

/** A table as it was typed, and whether `--live` was passed. */
export type TableFlags = ConnectionFlags & Pick<CommonValues, 'live'> & { readonly table: string }
