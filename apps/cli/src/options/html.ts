/** Options of commands that can show their result as a page. */
import { defineOptions, type OptionValues } from '../define-command.ts'

export const htmlOptions = defineOptions([
  {
    flags: '--html <file>',
    about: 'write the result as a page, one HTML file without requests; - for stdout',
    completes: 'file',
  },
  {
    flags: '--open',
    about: 'open the page in the browser; without --html, it is a temporary file',
  },
])

export type HtmlFlags = OptionValues<typeof htmlOptions>
