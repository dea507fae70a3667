import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { outputOption } from '../../../options/project.ts'

export const definition = defineCommand({
  name: 'schema json',
  about: 'write the JSON Schema of chatlayer.yaml, for editors',
  options: outputOption,
  notes: `An editor with the YAML language server completes and checks the file by its first line:
  # yaml-language-server: $schema=./chatlayer.schema.json`,
  examples: [
    {
      command: 'clt schema json -o chatlayer.schema.json',
      about: 'write it next to chatlayer.yaml',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
