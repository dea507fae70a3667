import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { parseCount } from '../../../options/parse-count.ts'
import { targetOptions } from '../../../options/records.ts'
import {
  acceptStoredOption,
  expectOption,
  journalOptions,
  safetyOptions,
} from '../../../options/writing.ts'

const NOTES = `Opens VISUAL or EDITOR (default: vi, on Windows Notepad) on a private file, shows what changed when it
  ends, asks, and writes only that. Save the file unchanged, or empty, to change nothing.
  id tells which record a row is: do not edit it. A row without one is a new record, and needs
  --insert. A row that is removed needs --delete; without it, the record stays.
  Values are kept exactly. In CSV an empty cell is null and "" the empty text; in YAML null and "".
  A record that changed while the editor was open is not written. If the edits cannot be read or
  written, the file is kept, and stderr says where.`

export const definition = defineCommand({
  name: 'records edit',
  about: 'edit records in a text editor',
  arguments: [TABLE],
  options: [
    ...targetOptions,
    {
      flags: '--limit <n>',
      about: 'edit only the first records, up to this number',
      parse: parseCount,
      defaultText: 'all, an error if more than 100',
    },
    {
      flags: '--format <format>',
      about: 'format of the file',
      choices: ['csv', 'yaml'],
      default: 'csv',
    },
    { flags: '--insert', about: 'insert rows that have no ID' },
    { flags: '--delete', about: 'delete records whose row was removed' },
    ...safetyOptions,
    ...expectOption,
    ...acceptStoredOption,
    ...journalOptions,
  ],
  notes: NOTES,
  examples: [
    {
      command: `EDITOR='sed -i s/Thigpen/Thigpin/' clt records edit airports --where "state = MS" --yes`,
      about: 'any program that edits a file; without EDITOR, vi opens',
    },
    {
      command: `EDITOR='sed -i s/Springs/Spring/' clt records edit airports --where "iata = 00M" --format yaml --dry-run`,
      about: 'as YAML; show what would change',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
