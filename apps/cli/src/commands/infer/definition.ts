import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { FILE } from '../../options/arguments.ts'
import { readingOptions } from '../../options/files.ts'
import { httpOptions, queryOption } from '../../options/sides.ts'

export const definition = defineCommand({
  name: 'infer',
  about: 'show the columns and types to create for a file, database or HTTP API',
  arguments: [FILE],
  options: [...readingOptions, ...queryOption, ...httpOptions],
  examples: [
    { command: 'clt infer airports.csv', about: 'the columns to create in the web app, and why' },
    { command: 'clt infer sqlite:shop.db#airports', about: 'the types that a database declares' },
    { command: 'gzip -c airports.csv | clt infer - --json', about: 'as JSON, from stdin' },
  ],
})

export type Options = OptionsOf<typeof definition>
