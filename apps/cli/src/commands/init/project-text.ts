/** The text of a first `chatlayer.yaml`. */
import { SCHEMA_FILE } from '../../project/json-schema.ts'
import { asReference, flow } from '../../project/yaml-text.ts'
import type { FoundSource } from './find-sources.ts'
import type { Match } from './match-sources.ts'

export interface FirstProject {
  /** Settings of `connection`; undefined without a connection. */
  readonly connection: Readonly<Record<string, string>> | undefined
  readonly matches: readonly Match[]
  /** Names of tables that no source was found for. */
  readonly otherTables: readonly string[]
  /** Sources that fit no table. */
  readonly otherSources: readonly FoundSource[]
}

export function projectText(project: FirstProject): string {
  const { connection, matches } = project
  const lines = [
    `# yaml-language-server: $schema=./${SCHEMA_FILE}`,
    '#',
    '# What belongs together: each sync makes a table equal to its source.',
    '#   clt plan     shows what would change',
    '#   clt apply    shows it, asks, and writes it',
    '#   clt run NAME applies one sync without asking, for cron',
    '# Tokens and passwords do not belong here: they come from the environment or a saved profile.',
    '',
    ...connectionLines(connection),
    '',
    ...syncLines(project),
    '',
    ...schemaLines(matches),
    '',
    ...checkLines(matches),
    '',
    '# What to do when an apply or a run fails. The facts are in variables such as CLT_FAILURE_MESSAGE.',
    '# on_failure:',
    '#   command: printf "%s" "$CLT_FAILURE_MESSAGE" | mail -s "clt failed" me@example.com',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a reference is written
    '#   webhook: ${CLT_WEBHOOK}',
  ]
  return `${lines.join('\n')}\n`
}

function connectionLines(connection: FirstProject['connection']): string[] {
  const comment = [
    '# The bot whose tables are meant. Without it: flags, the environment, or the current profile.',
    '# Other bots and stages are overlays, see the end of the guide.',
  ]
  if (connection === undefined) {
    return [...comment, '# connection:', '#   region: eu', '#   team: TEAM', '#   bot: BOT']
  }
  const lines = Object.entries(connection).map(([name, value]) => `  ${name}: ${flow(value)}`)
  return [...comment, 'connection:', ...lines]
}

const EXAMPLE = [
  '#   stores:',
  '#     from: data/stores.csv        # or stores@draft, postgres://user@host/db#public.stores, https://…',
  '#     to: stores@draft             # DRAFT or LIVE',
  '#     key: code                    # columns that tell records apart',
  '#     columns: { "Store code": code, internal: null }',
  '#     delete: true                 # delete records that the source does not have',
  '#     limits: { deletes: 20, changes: 10% }',
]

function syncLines({ matches, otherTables, otherSources }: FirstProject): string[] {
  const lines: string[] = matches.length === 0 ? ['syncs: {}', ...EXAMPLE] : ['syncs:']
  const names = new Set<string>()
  for (const match of matches) {
    const name = freeName(match.table.name, names)
    lines.push(...matchLines(name, match), '')
  }
  const [first] = matches
  if (first !== undefined) lines.push(...publishLines(first, freeName('publish', names)))
  if (otherTables.length > 0) {
    lines.push('', `# Tables without a source here: ${oneLine(otherTables)}`)
  }
  if (otherSources.length > 0) {
    const froms = otherSources.map(({ from }) => (typeof from === 'string' ? from : from.url))
    lines.push('', `# Sources that fit no table: ${oneLine(froms)}`)
  }
  return lines
}

/** Names in a comment: a line break would end it. */
function oneLine(names: readonly string[]): string {
  return names.map((name) => flow(name).replaceAll('\n', ' ')).join(', ')
}

function matchLines(name: string, match: Match): string[] {
  const { table, source, key, onlyInTable } = match
  const lines = [
    `  ${name}:`,
    `    from: ${flow(typeof source.from === 'string' ? source.from : source.from.url)}`,
    `    to: ${flow(`${asReference(table.name)}@draft`)}`,
    key === undefined
      ? '    # key: code    # no column tells all records apart: whole records are compared'
      : `    key: ${flow(key)}`,
  ]
  const renamed = renamedColumns(match)
  if (Object.keys(renamed).length > 0) lines.push(`    columns: ${flow(renamed)}`)
  if (onlyInTable.length > 0) {
    lines.push(`    ignore: ${flow(onlyInTable)}    # the source does not have these`)
  }
  return [
    ...lines,
    '    # delete: true    # delete records that the source does not have',
    '    limits: { deletes: 20 }    # with more, nothing is written; also of changes: 10%',
  ]
}

/** What cannot be told from the names alone: other names, and columns that the table does not have. */
function renamedColumns({ columns, onlyInSource }: Match): Record<string, string | null> {
  const renamed = Array.from(columns).filter(([name, title]) => name !== title)
  return Object.fromEntries([
    ...renamed.map(([name, title]) => [title, name] as const),
    ...onlyInSource.map((title) => [title, null] as const),
  ])
}

function publishLines({ table, key }: Match, name: string): string[] {
  const reference = asReference(table.name)
  return [
    '  # From DRAFT to LIVE, after the sync above:',
    `  # ${name}:`,
    `  #   from: ${flow(`${reference}@draft`)}`,
    `  #   to: ${flow(`${reference}@live`)}`,
    ...(key === undefined ? [] : [`  #   key: ${flow(key)}`]),
  ]
}

/** A name for a sync: letters, digits, `_`, `-` and `.`. */
function freeName(text: string, taken: Set<string>): string {
  const clean = text.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '') || 'table'
  let name = clean
  for (let n = 2; taken.has(name); n++) name = `${clean}-${n}`
  taken.add(name)
  return flow(name)
}

function schemaLines(matches: readonly Match[]): string[] {
  const comment =
    '# The columns that the tables must have. If one was renamed in the web app, nothing is written.'
  if (matches.length === 0) {
    return [comment, '# schema:', '#   stores: { code: text, name: text, hours: jsonb }']
  }
  const lines = matches.map(({ table }) => {
    const columns = new Map(table.columns.map(({ name, type }) => [name, type]))
    return `  ${flow(asReference(table.name))}: ${flow(columns)}`
  })
  return [comment, 'schema:', ...lines]
}

function checkLines(matches: readonly Match[]): string[] {
  const comment = '# SQL conditions on what the tables will hold. If one fails, nothing is written.'
  const [first] = matches
  const name = flow(asReference(first?.table.name ?? 'stores'))
  const column = first?.key ?? 'code'
  const check = `count(*) = count(distinct ${/^[a-z_]\w*$/.test(column) ? column : `"${column}"`})`
  return [comment, '# checks:', `#   ${name}: [${JSON.stringify(check)}]`]
}
