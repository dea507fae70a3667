/** The page of the types of databases, from the tables of the package that reads and writes them. */
import {
  MYSQL_TYPES,
  POSTGRES_TYPES,
  SQLITE_TYPES,
  TARGET_TYPES,
} from '../packages/sources/dist/database-types.js'
import { markdownTable } from './markdown-table.mjs'

/** @type {readonly [string, readonly import('../packages/sources/dist/database-types.js').TypeFact[]][]} */
const READ = [
  ['PostgreSQL', POSTGRES_TYPES],
  ['MySQL and MariaDB', MYSQL_TYPES],
  ['SQLite', SQLITE_TYPES],
]

export function databaseTypesPage() {
  const lines = [
    '# Types of databases',
    '',
    'The types of PostgreSQL, MySQL, MariaDB and SQLite, with the type of a table’s column that keeps their values exactly.',
    'Null is null everywhere. Where there is no type, the column cannot be read, or each value is read by its own type.',
    'A value that cannot be kept exactly is an error that names its column and row, and the query in its hint reads it in',
    'another form. A column of the table may have another type: values are then read as those of an NDJSON file are.',
  ]
  for (const [name, types] of READ) {
    lines.push(
      '',
      `## From ${name}`,
      '',
      ...markdownTable([
        ['type', 'column', 'values'],
        ...types.map(({ declared, type, note }) => [
          declared,
          type === undefined ? '' : `\`${type}\``,
          note,
        ]),
      ]),
    )
  }
  const { postgres, mysql, sqlite } = TARGET_TYPES
  lines.push(
    '',
    '## To a database',
    '',
    'The columns of a table that `clt export --to` creates. A table that exists keeps its own columns: the export',
    'checks before it writes that they hold every value of the types.',
    '',
    ...markdownTable([
      ['column', 'PostgreSQL', 'MySQL and MariaDB', 'SQLite'],
      .../** @type {(keyof typeof postgres)[]} */ (Object.keys(postgres)).map((type) => [
        type === 'id' ? 'the id of a record' : `\`${type}\``,
        ...[postgres, mysql, sqlite].map((types) => `\`${types[type].declared}\``),
      ]),
    ]),
    '',
    'In MySQL and MariaDB a column of `jsonb` also gets `check (json_valid(c))`, by which it is read as JSON again.',
    '',
    'Generated from `packages/sources/src` by `npm run docs`.',
  )
  return `${lines.join('\n')}\n`
}
