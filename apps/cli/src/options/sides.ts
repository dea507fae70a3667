/** Options for reading a database or an HTTP API in place of a file. */
import { defineOptions, type OptionValues } from '../define-command.ts'

export const queryOption = defineOptions([
  { flags: '--query <sql>', about: 'SQL query to read from a database, instead of a table' },
])

export const httpOptions = defineOptions([
  {
    flags: '--header <name: value>',
    about:
      'header for an HTTP API; $NAME in the value is read from the environment; can be repeated',
    list: true,
  },
  {
    flags: '--rows-at <pointer>',
    about: 'JSON pointer of the list of rows in a response of an HTTP API, such as /data/items',
    defaultText: 'the only list of objects',
  },
  {
    flags: '--paging <settings>',
    about:
      'how an HTTP API is paged: link, none, next, cursor, page or offset, with settings such as cursor,at=/next,parameter=after',
    defaultText: 'by the header Link',
  },
  { flags: '--allow-http', about: 'allow an HTTP API without TLS' },
])

/** For commands that write. */
export const ifChangedOption = defineOptions([
  {
    flags: '--if-changed',
    about:
      'do nothing if an HTTP API reports that nothing has changed since the last such run; changes to the table are not noticed then',
  },
])

export type HttpFlags = OptionValues<typeof httpOptions>

/** `query` is missing in commands that have an argument of this name. */
export type SideFlags = HttpFlags & { readonly query?: string | undefined }
