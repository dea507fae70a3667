/** The form of `chatlayer.yaml`: all keys, in one place. What the keys mean together is checked after this. */
import { COLUMN_TYPES, columnTypeOf, REGION_NAMES } from '@chatlayer-tables/contract'
import { FORMAT_NAMES } from '@chatlayer-tables/files'
import * as z from 'zod'
import { problemOfCron, problemOfTimezone } from './schedule-text.ts'

/** Values of the environment are text, so these types are also read from text. */
const flag = z.union([z.boolean(), z.enum(['true', 'false'])])
const NO_COUNT = 'must be a whole number'

const count = z.union([z.int().min(0), z.string().regex(/^\d{1,15}$/, NO_COUNT)], NO_COUNT)

const text = z.string().min(1)
const texts = z.union([text, z.array(text).min(1)])

const reference = text.meta({ examples: ['stores@draft', 'prod:stores@live'] })

const connection = z
  .strictObject({
    profile: text.optional().describe('Name of a saved connection.'),
    region: z.enum(REGION_NAMES).optional().describe('Region of the gateway.'),
    base_url: text.optional().describe('URL of the gateway, in place of a region.'),
    team: text.optional().describe('ID of the team.'),
    bot: text.optional().describe('ID of the bot.'),
  })
  .describe(
    'The bot whose tables are meant where no profile is named. Absent values come from options, environment and profile. The token is never in this file.',
  )

const paging = z
  .strictObject({
    style: z
      .enum(['link', 'none', 'next', 'cursor', 'page', 'offset'])
      .describe(
        'How the next page is found: by the header Link, a URL or a cursor in the response, or a parameter.',
      ),
    at: text.optional().describe('JSON pointer or response header of the next URL or cursor.'),
    last_row: text.optional().describe('JSON pointer into the last row, in place of `at`.'),
    parameter: text.optional().describe('Query parameter that is sent.'),
    start: count.optional().describe('Number of the first page or row.'),
    size: count.optional().describe('Rows per page.'),
    size_parameter: text.optional().describe('Query parameter that sends the size.'),
    more: text.optional().describe('Where the response says whether there are more pages.'),
    total: text.optional().describe('Where the response has the number of all rows.'),
    total_pages: text.optional().describe('Where the response has the number of pages.'),
    end_status: count.optional().describe('Status of a response after the last page.'),
  })
  .describe('How the pages of an HTTP API are read (default: by the header Link).')

const source = z
  .strictObject({
    file: text.optional().describe('Path relative to this file.'),
    table: reference.optional().describe('Table as `[profile:]table[@draft|@live]`.'),
    url: text
      .optional()
      .describe('Address of a database or an HTTP API, without password.')
      .meta({ examples: ['postgres://reader@db/shop#public.stores'] }),
    query: text
      .optional()
      .describe('SQL query of a database, in place of the table in its address.'),
    headers: z
      .record(z.string(), text)
      .optional()
      .describe('Headers of requests to an HTTP API. Secrets are references to the environment.')
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a reference is written
      .meta({ examples: [{ Authorization: 'Bearer ${SHOP_TOKEN}' }] }),
    parameters: z.record(z.string(), text).optional().describe('Query parameters of an HTTP API.'),
    secret_header: text.optional().describe('Header that sends the secret of a saved connection.'),
    rows: z.string().optional().describe('JSON pointer of the list of rows in a response.'),
    paging: paging.optional(),
    other_origins: texts.optional().describe('Further origins that links to pages may name.'),
    allow_http: flag.optional().describe('Allow http for other hosts than this machine.'),
    max_pages: count.optional().describe('The most pages to read.'),
    format: z
      .enum(FORMAT_NAMES)
      .optional()
      .describe('Format (default: detected from content and name).'),
    sheet: text.optional().describe('Sheet of a spreadsheet (default: the first).'),
    encoding: text.optional().describe('Encoding (default: detected).'),
    delimiter: text.optional().describe('Character between cells (default: detected).'),
    decimal: z.enum(['.', ',']).optional().describe('Decimal separator of numbers.'),
    date_format: text
      .optional()
      .describe('Format of dates (default: ISO 8601).')
      .meta({
        examples: ['DD/MM/YYYY'],
      }),
    null: z.string().optional().describe('Text that means null, such as NULL.'),
    true: texts.optional().describe('Words for true.'),
    false: texts.optional().describe('Words for false.'),
  })
  .describe('A source with settings. Exactly one of `file`, `table` and `url`.')

const LIMIT = /^\d{1,15}$|^(?:100|\d{1,2})(?:\.\d+)?\s?%$/

const NO_LIMIT = 'must be a whole number, or a percentage such as 10%'

const limit = z
  .union([z.int().min(0), z.string().regex(LIMIT, NO_LIMIT)], NO_LIMIT)
  .meta({ examples: [20, '10%'] })

const limits = z
  .strictObject({
    changes: limit.optional().describe('Inserts, updates and deletes together.'),
    inserts: limit.optional(),
    updates: limit.optional(),
    deletes: limit.optional(),
  })
  .describe(
    'The most writes of this sync: numbers, or percentages of the records that the table has before. With more, nothing of any sync is written.',
  )

const sync = z
  .strictObject({
    from: z
      .union([text, source])
      .describe(
        'Source: a file (relative to this file), a table, a database or an HTTP API; or a map with settings.',
      )
      .meta({
        examples: ['data/stores.csv', 'stores@draft', 'postgres://reader@db/shop#public.stores'],
      }),
    to: reference.describe('The table that is written. LIVE is written only with @live.'),
    key: texts
      .optional()
      .describe('Key columns. Without a key, whole records are compared, so that none is updated.'),
    columns: z
      .record(z.string(), text.nullable())
      .optional()
      .describe('Columns of the table by their names in the source; null leaves a column out.')
      .meta({ examples: [{ 'Store code': 'code', internal: null }] }),
    transform: z
      .record(z.string(), text)
      .optional()
      .describe('SQL expressions by column of the table, over the row of the source.')
      .meta({ examples: [{ phone: "replace(phone, ' ', '')" }] }),
    where: text
      .optional()
      .describe('SQL condition over the row of the source: other rows are not taken.')
      .meta({ examples: ["state = 'open'"] }),
    ignore: texts.optional().describe('Columns that are neither compared nor written.'),
    delete: flag
      .optional()
      .describe('Delete records that the source does not have (default: keep them).'),
    limits: limits.optional(),
    allow_empty: flag
      .optional()
      .describe('Delete all records where the source has none (default: an error).'),
    accept_stored: flag
      .optional()
      .describe('Expect that the gateway stores some values in another form.'),
    on_error: z
      .enum(['continue', 'stop'])
      .optional()
      .describe(
        'What follows a rejected write (default: continue with the other writes of the sync).',
      ),
  })
  .describe('Makes a table equal to a source.')

const typeName = z
  .string()
  .refine((type) => columnTypeOf(type) !== undefined, {
    message: `must be a column type: ${COLUMN_TYPES.join(', ')}`,
  })
  .meta({ enum: [...COLUMN_TYPES] })

const tables = z.record(text, z.record(z.string(), typeName))

const schema = z
  .union([text, tables])
  .describe('Expected columns by table, or the path of a YAML file with them.')
  .meta({ examples: [{ stores: { code: 'text', hours: 'jsonb' } }, 'schema.yaml'] })

const checks = z
  .record(text, texts)
  .describe('SQL conditions by table, on what the table will hold.')
  .meta({ examples: [{ stores: ['count(*) > 100', 'count(*) = count(distinct code)'] }] })

const hook = z
  .union([
    text,
    z.strictObject({
      command: text.optional().describe('Command to run.'),
      webhook: text.optional().describe('URL to which the report is sent as JSON.'),
      headers: z.record(z.string(), text).optional().describe('Headers of the webhook.'),
    }),
  ])
  .describe('What to do when a run fails: a command, or a webhook.')

const state = text
  .regex(/^(?:postgres(?:ql)?:\/\/\S+|connection:\S+)$/i, 'must be postgres://… or connection:NAME')
  .describe(
    'Database in which several machines keep journal, jobs and queue: its address, without password, or a saved connection. CHATLAYER_STATE takes its place.',
  )
  .meta({ examples: ['postgres://sync@db/chatlayer', 'connection:state'] })

/** A text that a function finds no problem in. */
function checked(problemOf: (text: string) => string | undefined) {
  return text.superRefine((value, context) => {
    const message = problemOf(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

const schedule = checked(problemOfCron)
  .describe(
    'When workers apply this file, in the five fields of cron. It takes effect when it is registered.',
  )
  .meta({ examples: ['0 2 * * *', '*/15 6-20 * * mon-fri'] })

const timezone = checked(problemOfTimezone)
  .describe('Time zone of the schedule (default: UTC).')
  .meta({ examples: ['Europe/Brussels'] })

const named = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, 'must be a name of letters, digits, _, - and .')

const sections = {
  connection: connection.optional(),
  syncs: z
    .record(named, sync)
    .optional()
    .describe('Syncs by name. One that reads what another writes comes after it.'),
  schema: schema.optional(),
  checks: checks.optional(),
  on_failure: hook.optional(),
  state: state.optional(),
  schedule: schedule.optional(),
  timezone: timezone.optional(),
}

/** The sections that may be left empty. */
export const SECTIONS: readonly string[] = [...Object.keys(sections), 'overlays']

/** A project without its overlays. */
export const PROJECT_SCHEMA = z.strictObject(sections)

const whole = PROJECT_SCHEMA.extend({
  overlays: z
    .record(named, z.record(z.string(), z.unknown()))
    .optional()
    .describe(
      'Other bots and stages by name: parts of this file. Maps are merged, other values replaced, null removes.',
    ),
})

export type ProjectData = z.infer<typeof PROJECT_SCHEMA>
export type SyncData = z.infer<typeof sync>
export type SourceData = z.infer<typeof source>

/** The JSON Schema of `chatlayer.yaml`, for editors. */
export function projectJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: 'chatlayer.yaml',
    ...z.toJSONSchema(whole, { io: 'input' }),
  }
}
