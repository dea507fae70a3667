/** Arguments that several commands take. */
import { listFormats } from '@chatlayer-tables/files/formats'
import type { ArgumentDefinition } from '../define-command.ts'

export const TABLE = {
  name: '<table>',
  about: 'table name or ID; name@draft or name@live selects the version',
  completes: 'table',
} as const satisfies ArgumentDefinition

export const ARCHIVE = {
  name: '<archive>',
  about: 'file written by clt backup',
  completes: 'file',
} as const satisfies ArgumentDefinition

export const TABLES_ABOUT =
  'table names or IDs; name@draft or name@live selects the version (default: all)'

export const FILE = {
  name: '<file>',
  about: `${listFormats()} file, also .gz; - for stdin; or an address of a database or HTTP API`,
  completes: 'input',
} as const satisfies ArgumentDefinition

/** The two sides of a comparison. */
export const SIDES = [
  {
    name: '<a>',
    about:
      'table ([profile:]table[@draft|@live]), file, or address of a database or HTTP API; - for stdin',
    completes: 'side',
  },
  { name: '<b>', about: 'table, file or address to compare with', completes: 'side' },
] as const satisfies readonly ArgumentDefinition[]
