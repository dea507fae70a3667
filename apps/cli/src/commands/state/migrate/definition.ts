import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { stateFileOption } from '../options.ts'

const NOTES = `A role that may create tables does this by itself when a program starts. Run it once for each release
  where the programs connect as a role that may only use them: see clt state grant.`

export const definition = defineCommand({
  name: 'state migrate',
  about: 'create the tables of the shared state, or bring them up to date',
  options: stateFileOption,
  notes: NOTES,
  examples: [{ command: 'clt state migrate', about: 'in the database of CHATLAYER_STATE' }],
})

export type Options = OptionsOf<typeof definition>
