/**
 * A folder of seeds. `stores.csv` or `stores.json` (a list of objects) is the table `stores`, with
 * inferred types or those of `stores.schema.json`; a schema alone is an empty table.
 * `_customers.json` contains the team's customers.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Version } from '@chatlayer-tables/contract'
import { type CsvError, parse as parseCsv } from 'csv-parse/sync'
import { z } from 'zod'
import {
  type ExactJson,
  isArray,
  isObject,
  NumberText,
  parseExactJson,
  printExactJson,
} from './columns/exact-json.ts'
import { CustomerDefinition } from './customers.ts'
import type { TableSeed } from './emulation.ts'
import { EmulatorError } from './errors.ts'
import { inferType, type Sample } from './infer.ts'
import { Literal, type SeedRecord } from './seed-values.ts'
import { type ColumnDefinition, TableDefinition } from './tables.ts'

const CUSTOMERS = '_customers.json'
const SCHEMA = '.schema.json'

const SchemaFile = TableDefinition.omit({ name: true }).extend({ version: Version.optional() })

export interface SeedFolder {
  readonly tables: readonly TableSeed[]
  readonly customers: readonly z.input<typeof CustomerDefinition>[]
}

interface Rows {
  readonly columns: readonly string[]
  readonly records: readonly SeedRecord[]
  readonly samples: ReadonlyMap<string, readonly Sample[]>
}

/** @throws EmulatorError with the file and its problem */
export async function readSeedFolder(folder: string): Promise<SeedFolder> {
  const files = await readdir(folder).catch((error: Error) => {
    throw new EmulatorError(`the seed folder cannot be read: ${error.message}`)
  })
  const names = new Set(files.flatMap((file) => tableName(file) ?? []))
  const tables: TableSeed[] = []
  for (const name of [...names].sort()) tables.push(await readTable(folder, name, new Set(files)))
  const customers = files.includes(CUSTOMERS)
    ? checkFile(
        CUSTOMERS,
        z.array(CustomerDefinition),
        readJson(CUSTOMERS, await read(folder, CUSTOMERS)),
      )
    : []
  return { tables, customers }
}

/** The table of a file; undefined for a file that is not a seed. */
function tableName(file: string): string | undefined {
  if (file === CUSTOMERS || file.startsWith('.')) return undefined
  return /^(.+?)(?:\.schema\.json|\.json|\.csv)$/s.exec(file)?.[1]
}

async function readTable(
  folder: string,
  name: string,
  files: ReadonlySet<string>,
): Promise<TableSeed> {
  const [csv, json, schemaFile] = [`${name}.csv`, `${name}.json`, name + SCHEMA]
  if (files.has(csv) && files.has(json)) {
    throw new EmulatorError(`table "${name}" must have one seed, not two: ${csv} and ${json}`)
  }
  const schema = files.has(schemaFile)
    ? checkFile(schemaFile, SchemaFile, readJson(schemaFile, await read(folder, schemaFile)))
    : undefined
  const rows = files.has(csv)
    ? readCsv(csv, await read(folder, csv))
    : files.has(json)
      ? readRecords(json, await read(folder, json))
      : undefined
  const { version, ...definition } = schema ?? { columns: inferColumns(name, rows) }
  return { name, ...definition, version, records: rows?.records }
}

function inferColumns(name: string, rows: Rows | undefined): ColumnDefinition[] {
  if (rows === undefined || rows.columns.length === 0) {
    throw new EmulatorError(`table "${name}" must have columns or a schema file`)
  }
  return rows.columns.map((column) => ({
    name: column,
    type: inferType(rows.samples.get(column) ?? []),
  }))
}

async function read(folder: string, file: string): Promise<string> {
  return (await readFile(join(folder, file), 'utf8')).replace(/^\ufeff/, '')
}

/** An empty cell is null; a quoted empty one is the empty text. */
function readCsv(file: string, text: string): Rows {
  let lines: (string | null)[][]
  try {
    lines = parseCsv(text, {
      cast: (value, { quoting, header }) => (value === '' && !quoting && !header ? null : value),
    })
  } catch (error) {
    throw new EmulatorError(`${file}: ${(error as CsvError).message}`)
  }
  const [header = [], ...body] = lines
  const columns = header.map((name) => name ?? '')
  if (new Set(columns).size !== columns.length) {
    throw new EmulatorError(`${file}: two columns have the same name`)
  }
  const records = body.map((cells) =>
    makeRecord(columns.map((name, at) => [name, literalOrNull(cells[at])])),
  )
  const samples = columns.map((name, at): [string, Sample[]] => [
    name,
    body.flatMap((cells) => toTextSample(cells[at])),
  ])
  return { columns, records, samples: new Map(samples) }
}

function literalOrNull(cell: string | null | undefined): Literal | null {
  return cell === null || cell === undefined ? null : new Literal(cell)
}

function toTextSample(cell: string | null | undefined): Sample[] {
  return cell === null || cell === undefined ? [] : [{ kind: 'text', text: cell }]
}

function readRecords(file: string, text: string): Rows {
  const json = readJson(file, text)
  if (!isArray(json) || !json.every(isObject)) {
    throw new EmulatorError(`${file}: a seed must be a list of objects`)
  }
  const samples = new Map<string, Sample[]>()
  const records = json.map((record) =>
    makeRecord(
      Object.entries(record).map(([name, value]) => {
        const known = samples.get(name) ?? []
        samples.set(name, known)
        if (value !== null) known.push(toSample(value))
        return [name, toSeedValue(value)]
      }),
    ),
  )
  return { columns: [...samples.keys()], records, samples }
}

function toSample(value: Exclude<ExactJson, null>): Sample {
  if (typeof value === 'string') return { kind: 'string', text: value }
  if (typeof value === 'boolean') return { kind: 'bool', text: String(value) }
  if (value instanceof NumberText) return { kind: 'number', text: value.text }
  return { kind: 'nested', text: '' }
}

/** Numbers, alone or nested, are kept as literals, with all digits. */
function toSeedValue(value: ExactJson): unknown {
  return value instanceof NumberText || isArray(value) || isObject(value)
    ? new Literal(printExactJson(value))
    : value
}

/** A column may have any name, `__proto__` too. */
function makeRecord(entries: readonly (readonly [string, unknown])[]): SeedRecord {
  return Object.fromEntries(entries)
}

function readJson(file: string, text: string): ExactJson {
  try {
    return parseExactJson(text)
  } catch (error) {
    throw new EmulatorError(`${file}: ${(error as Error).message}`)
  }
}

/** @throws EmulatorError */
function checkFile<S extends z.ZodType>(file: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new EmulatorError(`${file}: ${z.prettifyError(parsed.error)}`)
}
