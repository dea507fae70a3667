/** Records as the text of a file to edit, and back. */
import { PassThrough } from 'node:stream'
import { text as collect } from 'node:stream/consumers'
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { Table, TableRecord, Value, Values } from '@chatlayer-tables/core'
import { cellToValue, createSink, openSource, type SourceCell } from '@chatlayer-tables/files'
import { metaTitles } from '@chatlayer-tables/transfer'

/** A row of the edited file. */
export interface EditedRow {
  readonly line: number
  /** Undefined for a new record. */
  readonly id: string | undefined
  readonly values: Values
}

export interface EditProblem {
  readonly line: number | undefined
  readonly message: string
}

export interface EditedText {
  readonly rows: readonly EditedRow[]
  readonly problems: readonly EditProblem[]
}

export interface EditFormat {
  write(table: Table, records: readonly TableRecord[], heading: string): Promise<string>
  read(text: string, table: Table): Promise<EditedText>
}

/** The column with the record's ID. No column of the table has its title. */
export function idTitle(table: Table): string {
  return `${metaTitles(table).get('id') ?? 'id'} (do not edit)`
}

/** Cells of a row by column, as a format reads them. */
export interface RawRow {
  readonly line: number
  readonly cells: ReadonlyMap<string, SourceCell>
}

/** Reads the cells by the types of the columns. */
export function typedRows(raw: readonly RawRow[], table: Table): EditedText {
  const problems: EditProblem[] = []
  const types = new Map(table.columns.map(({ name, type }) => [name, columnTypeOf(type)]))
  const title = idTitle(table)
  const rows = raw.map(({ line, cells }): EditedRow => {
    const values: [string, Value][] = []
    let id: string | undefined
    for (const [name, cell] of cells) {
      try {
        if (name === title) id = String(cellToValue(cell, 'text', name) ?? '').trim() || undefined
        else if (types.has(name)) values.push([name, cellToValue(cell, types.get(name), name)])
        else problems.push({ line, message: `"${table.name}" has no column "${name}"` })
      } catch (error) {
        problems.push({ line, message: error instanceof Error ? error.message : String(error) })
      }
    }
    return { line, id, values: Object.fromEntries(values) }
  })
  return { rows, problems }
}

export const csvFormat: EditFormat = {
  async write(table, records) {
    const title = idTitle(table)
    const columns = table.columns.map(({ name, type }) => ({ name, type: columnTypeOf(type) }))
    const stream = new PassThrough()
    const written = collect(stream)
    const sink = createSink('csv', [{ name: title, type: 'text' }, ...columns], stream)
    await sink.write(records.map(({ id, values }) => ({ ...values, [title]: id })))
    await sink.end()
    stream.end()
    return await written
  },

  async read(text, table) {
    if (text.trim() === '') return { rows: [], problems: [] }
    const stream = (async function* () {
      yield Buffer.from(text)
    })()
    const options = { format: 'csv', encoding: 'utf-8', delimiter: ',' } as const
    const source = await openSource({ stream, name: 'edit.csv' }, options)
    const raw: RawRow[] = []
    const problems: EditProblem[] = headerProblems(source.header)
    for await (const { line, cells, problem } of source.rows) {
      if (problem !== undefined) problems.push({ line, message: problem.message })
      if (cells.length > source.header.length) {
        problems.push({ line, message: 'more cells than the header has columns' })
      }
      const named = source.header.map((name, index) => [name ?? '', cells[index] ?? null] as const)
      raw.push({ line, cells: new Map(named) })
    }
    const typed = typedRows(raw, table)
    return { rows: typed.rows, problems: [...problems, ...typed.problems] }
  },
}

function headerProblems(header: readonly (string | null)[]): EditProblem[] {
  return header.flatMap((name, index) => {
    if (name === null) return [{ line: 1, message: `column ${index + 1} has no title` }]
    const isRepeated = header.indexOf(name) < index
    return isRepeated ? [{ line: 1, message: `the title "${name}" occurs twice` }] : []
  })
}
