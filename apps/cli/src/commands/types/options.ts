/** The options of `clt types`. */
import type { Command } from 'commander'

export interface TypesFlags {
  /** As they were written; all of the bot when there are none. */
  readonly tables: readonly string[]
  readonly live: boolean
  readonly output?: string
  readonly check: boolean
  readonly zod: boolean
}

export function addTypesOptions(command: Command): Command {
  return command
    .option('-o, --output <file>', 'where to; stdout when left out')
    .option('--check', 'write nothing; end with 1 when the file is not what it would be', false)
    .option('--no-zod', 'types alone, without zod schemas')
    .addHelpText('after', `\n${USE}`)
}

const USE = `The schemas (for zod 4) are made for the client, which checks and types records by them:
  import { createClient } from '@chatlayer-tables/core'
  import { Stores } from '../../types/tables.ts'
  const stores = createClient({ … }).table('stores', Stores)
With --no-zod:
  const stores = createClient({ … }).table('stores') as TableHandle<Stores>

The text hangs on names, descriptions and columns alone, and not on the order of the arguments.
A table's columns are the same in DRAFT and LIVE. With --check the exit code is 0 when the file is
fresh and 1 when it is not; how it differs is told on stderr. More than 1 is trouble.`
