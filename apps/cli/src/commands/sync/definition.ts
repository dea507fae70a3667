import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { SIDES } from '../../options/arguments.ts'
import { comparisonOptions, SIDES_NOTES } from '../../options/files.ts'
import { httpOptions, ifChangedOption, queryOption } from '../../options/sides.ts'
import {
  acceptStoredOption,
  allowEmptyOption,
  journalOptions,
  noWaitOption,
  onErrorChoices,
  safetyOptions,
} from '../../options/writing.ts'

const NOTES = `b must be a table; LIVE is written only with @live. Shows the changes and asks for
  confirmation. Inserts records that only a has, updates columns that differ between records of the
  same key, and with --delete deletes records that only b has. Each record is read again right before
  it is changed or deleted; one that has changed since the comparison is skipped and reported. At the
  end both sides are read again and compared.
  If interrupted, continue with: clt jobs resume`

export const definition = defineCommand({
  name: 'sync',
  about: 'make table b equal to a; write only the differences',
  arguments: SIDES,
  options: [
    ...comparisonOptions,
    ...queryOption,
    ...httpOptions,
    ...ifChangedOption,
    { flags: '--delete', about: 'delete records that a does not have', defaultText: 'keep them' },
    ...safetyOptions,
    ...acceptStoredOption,
    ...noWaitOption,
    ...allowEmptyOption,
    {
      flags: '--on-error <how>',
      about: 'action after a rejected write',
      choices: onErrorChoices,
      default: 'continue',
    },
    ...journalOptions,
  ],
  notes: `${SIDES_NOTES}\n\n${NOTES}`,
  examples: [
    {
      command: 'clt sync airports@draft airports@live --key iata --dry-run',
      about: 'show what would change in LIVE',
    },
    {
      command: 'clt sync airports@draft airports@live --key iata --yes',
      about: 'copy changes to LIVE; keep records that only LIVE has',
    },
    {
      command: 'clt sync airports.csv airports --key iata --delete --yes',
      about: 'make a table equal to a file',
    },
    {
      command: `clt sync sqlite:shop.db airports --query 'select iata, city from airports' --key iata --columns city --dry-run`,
      about: 'compare two columns with a query of a database',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
