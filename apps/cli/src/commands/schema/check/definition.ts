import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { projectFileOptions } from '../../../options/project.ts'

export const definition = defineCommand({
  name: 'schema check',
  about: 'compare the columns of tables with a file',
  arguments: [
    {
      name: '[schema]',
      about: 'file written by clt schema pull (default: the schema of chatlayer.yaml)',
      completes: 'file',
    },
  ],
  options: projectFileOptions,
  notes: 'Exit codes: 0 if all columns are as expected, 11 if some are not.',
  examples: [
    {
      command: 'clt schema pull -o schema.yaml && clt schema check schema.yaml',
      about: 'the second command is for CI: it fails if columns have changed',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
