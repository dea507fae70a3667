// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references are written
/** The reference of `chatlayer.yaml`, from its schema, with what the schema does not say. */
import { projectJsonSchema } from '../packages/transfer/dist/project/index.js'
import { markdownTable } from './markdown-table.mjs'

/**
 * @typedef {{
 *   type?: string, enum?: string[], anyOf?: Schema[], description?: string, examples?: unknown[],
 *   properties?: Record<string, Schema>, additionalProperties?: Schema | boolean, required?: string[],
 *   items?: Schema,
 * }} Schema
 */

export function projectReference() {
  const { properties = {} } = /** @type {Schema} */ (projectJsonSchema())
  const { connection, syncs, overlays } = properties
  const sync = valueSchemaOf(syncs)
  const { from, limits } = sync.properties ?? {}
  const source = from?.anyOf?.find(({ properties }) => properties !== undefined)
  const paging = source?.properties?.paging
  return `${[
    ...INTRODUCTION,
    '',
    '## The file',
    '',
    ...table({ type: 'object', properties: { ...properties, overlays: overlays ?? {} } }),
    '',
    '## connection',
    '',
    ...table(connection),
    '',
    '## syncs',
    '',
    'Each sync has a name, and these keys. `from` and `to` are required.',
    '',
    ...table(sync),
    '',
    ...ROWS,
    '',
    '### from',
    '',
    'A text: a path, `[profile:]table[@draft|@live]`, or an address, told apart as by every command. Or a map with',
    'exactly one of `file`, `table` and `url`, and settings:',
    '',
    ...table(source),
    '',
    '### from.paging',
    '',
    ...table(paging),
    '',
    '### limits',
    '',
    ...table(limits),
    '',
    ...REST,
  ].join('\n')}\n`
}

/** @param {Schema | undefined} schema */
function table(schema) {
  const entries = Object.entries(schema?.properties ?? {})
  return markdownTable([
    ['key', 'value', ''],
    ...entries.map(([key, each]) => [`\`${key}\``, kindOf(each), textOf(each)]),
  ])
}

/** @param {Schema} schema */
function textOf({ description = '', examples = [] }) {
  const shown = examples.map((example) => `\`${JSON.stringify(example)}\``)
  return [description, shown.length > 0 ? `Such as ${shown.join(', ')}.` : '']
    .filter(Boolean)
    .join(' ')
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
function kindOf({ anyOf, enum: values, type, properties, items }) {
  if (anyOf?.some((each) => each.type === 'boolean')) return 'true or false'
  if (anyOf?.some((each) => each.type === 'integer')) return 'number'
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(' or ')
  if (values !== undefined)
    return values.length > 7
      ? 'one of the formats'
      : values.map((value) => `\`${value}\``).join(', ')
  if (type === 'array') return `list of ${items === undefined ? 'values' : kindOf(items)}`
  if (type === 'object') return properties === undefined ? 'map' : 'map of settings'
  return (
    { boolean: 'true or false', integer: 'number', string: 'text', null: 'null' }[type ?? ''] ??
    'value'
  )
}

/** @param {Schema | undefined} schema */
function valueSchemaOf(schema) {
  const value = schema?.additionalProperties
  return typeof value === 'object' ? value : {}
}

const INTRODUCTION = [
  '# chatlayer.yaml',
  '',
  'All keys of the file that says which sources belong to which tables. `clt plan` shows what it would change, `clt apply`',
  'does it. Editors check the file by [its JSON Schema](chatlayer.schema.json).',
  '',
  '```yaml',
  'syncs:',
  '  stores:',
  '    from: postgres://reader@db/shop#public.stores',
  '    to: stores@draft',
  '    key: code',
  '    columns: { "Store code": code, opening_hours: hours }',
  "    transform: { phone: \"replace(phone, ' ', '')\" }",
  '    delete: true',
  '    limits: { deletes: 20, changes: 10% }',
  '  publish:',
  '    from: stores@draft',
  '    to: stores@live',
  '    key: code',
  'schema:',
  '  stores: { code: text, name: text, phone: text, hours: jsonb }',
  'checks:',
  '  stores: ["count(*) > 100", "count(*) = count(distinct code)"]',
  '```',
  '',
  'The file is YAML 1.2: `no` is text, and a key is its text as written. Duplicate keys, several documents and keys that do',
  'not exist are errors. Every error names the file, line, column and path, and all of them are reported at once.',
]

const ROWS = [
  '### Rows of the source',
  '',
  '`columns`, `transform` and `where` are applied in one pass over the source, row by row. Expressions are SQLite’s: they',
  'see the columns of the source by their own names, and by the new names of `columns` where no other column of the',
  'source has that name. They see no other row, and no other table. Names with spaces need double quotes.',
  '',
  '- A column that fills one of the table has its type, if its value can be read as such; otherwise it is the text or JSON',
  '  of the source. As in SQLite, text that does not begin with a number counts as 0 in arithmetic.',
  '- A column that only expressions use does not have to be in the table. Any other column of the source that the table',
  '  does not have is an error, unless `columns` or `ignore` names it.',
  '- A result that does not fit its column is an error that names the row. Decimals are rounded to 15 digits; a number',
  '  with more digits cannot be computed with.',
  '- With `where` and `delete: true`, records of the table whose rows do not match are deleted: the source is what matches.',
]

const REST = [
  'A percentage limits nothing where the table has no records: the first fill is all of the table. The limits of all syncs',
  'are checked before any of them writes. One run can exceed a limit: `--allow stores:deletes=50`.',
  '',
  '## Order',
  '',
  'A sync that reads the table that another one writes comes after it. It is planned on what that one will have written,',
  'so a plan shows all that an apply will do. Otherwise the order is that of the file. Two syncs must not write to the same',
  'table and version, and syncs that wait for each other are an error. If some writes of a sync were rejected, those that',
  'read its table are not begun.',
  '',
  '## schema',
  '',
  'Every column that is missing, is not listed or has another type is a drift, and an apply writes nothing. Types are',
  '`text`, `int`, `numeric`, `uuid`, `bool`, `timestamp` and `jsonb`. The columns can be in a file of their own:',
  '`schema: schema.yaml`, with the tables at its top.',
  '',
  '## checks',
  '',
  'A check is an SQL condition on what the table will hold after an apply, or holds where no sync writes to it. It is',
  'evaluated before the first write, and again at the end.',
  '',
  '- `count(*) > 100` is about all records. `price > 0` must be true of every record.',
  '- `not exists (select 1 from stores where name is null)` is a query. It can read every table of the same bot and version',
  '  that the file names.',
  '- Null is not true. `id`, `created_at` and `updated_at` are columns; they are null for records that are not written yet.',
  '',
  '## References to the environment',
  '',
  '`${NAME}` and `${NAME:-default}` in a value are replaced by the environment, once; the default is for a variable that is not',
  'set, or empty. `$${` is the text `${`. A variable that is missing is an error. Headers, parameters and `on_failure` keep',
  'their references until they are used.',
  '',
  'Passwords in addresses, and tokens in headers and parameters, must not be in the file. Passwords of databases come from',
  '`PGPASSWORD`, `MYSQL_PWD` or a saved connection.',
  '',
  '## Overlays',
  '',
  'An overlay is a part of the file for another bot or stage: under `overlays`, in `chatlayer.NAME.yaml` next to the file, or',
  'both, of which the latter wins. It is chosen by `--overlay NAME`.',
  '',
  '```yaml',
  'overlays:',
  '  staging:',
  '    connection: { profile: staging }',
  '    syncs:',
  '      stores: { from: data/few-stores.csv, limits: { deletes: null } }',
  '      publish: null',
  '```',
  '',
  'Maps are merged. Other values are replaced, lists as a whole. `null` removes what it covers, except in `columns`, where',
  'it leaves a column out.',
  '',
  '## Plans that are kept',
  '',
  '`clt plan --out plan.json` keeps a plan, `clt apply --plan plan.json` applies exactly it. It is refused if the file, the overlay,',
  'a source or a table has changed since, which the error names, and when it is older than a day. The plan has no values of',
  'records: it has hashes of the compared contents, and of all writes.',
  '',
  'Generated from `packages/transfer/src/project` by `npm run docs`.',
]
