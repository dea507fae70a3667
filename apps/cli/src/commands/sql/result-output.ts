/** Prints the rows of a query on stdout, and facts about them on stderr. */
import { parseJson, type Value } from '@chatlayer-tables/core'
import { createSink, type Sink } from '@chatlayer-tables/files'
import type { OutColumn, OutValue, QueryPlan, QueryResultFacts } from '@chatlayer-tables/mirror'
import type { Context } from '../../context.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount } from '../../output/progress.ts'
import {
  type HiddenColumn,
  JsonList,
  type RowSink,
  rowSink,
  type SinkColumn,
} from '../../output/record-output.ts'
import { writerStream } from '../../output/writer-stream.ts'
import { printable } from '../../printable.ts'

export type SqlFormat = 'json' | 'csv' | 'rows'

/** Accepts the columns of a result once, then its rows. */
export class ResultOutput {
  readonly #context: Context
  readonly #format: SqlFormat
  #columns: readonly OutColumn[] = []
  #names: readonly string[] = []
  #json: JsonList | undefined
  #csv: Sink | undefined
  #rows: RowSink | undefined
  #count = 0

  constructor(context: Context, format: SqlFormat) {
    this.#context = context
    this.#format = format
  }

  /** Columns that did not fit on the terminal. */
  get hidden(): readonly HiddenColumn[] {
    return this.#rows?.hidden ?? []
  }

  get count(): number {
    return this.#count
  }

  columns(columns: readonly OutColumn[]): void {
    const { out } = this.#context
    this.#columns = columns
    this.#names = uniqueNames(columns.map(({ name }) => name))
    if (this.#format === 'json') this.#json = new JsonList(out)
    else if (this.#format === 'csv') {
      const named = this.#names.map((name) => ({ name, type: undefined }))
      this.#csv = createSink('csv', named, writerStream(out))
    } else this.#rows = rowSink(out, columns.map(withRole))
  }

  async rows(rows: readonly (readonly OutValue[])[]): Promise<void> {
    this.#count += rows.length
    await this.#csv?.write(rows.map((row) => this.#named(row)))
    for (const row of rows) {
      await this.#rows?.row(row)
      await this.#json?.item(this.#named(row.map((cell, index) => this.#parsed(cell, index))))
    }
  }

  async end(): Promise<void> {
    await this.#json?.end()
    await this.#csv?.end()
    await this.#rows?.end()
  }

  #named(row: readonly Value[]): Record<string, Value> {
    return Object.fromEntries(row.map((cell, index) => [this.#names[index] ?? String(index), cell]))
  }

  /** In JSON output, a value of a jsonb column is JSON, not text. */
  #parsed(cell: OutValue, index: number): Value {
    if (this.#columns[index]?.type !== 'jsonb' || typeof cell !== 'string') return cell
    try {
      return parseJson(cell) as Value
    } catch {
      return cell
    }
  }
}

/** Marks the columns that every table has besides its own. */
function withRole(column: OutColumn): SinkColumn {
  if (column.name === 'id') return { ...column, role: 'id' }
  return RECORD_TIMES.has(column.name) ? { ...column, role: 'time' } : column
}

const RECORD_TIMES: ReadonlySet<string> = new Set(['created_at', 'updated_at'])

/** Makes column names unique, since they become keys. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    let found = name
    for (let number = 2; used.has(found); number += 1) found = `${name}_${number}`
    used.add(found)
    return found
  })
}

/** Reports how fresh and complete a result is. */
export async function reportFacts(
  { messages, out }: Context,
  facts: QueryResultFacts,
  count: number,
): Promise<void> {
  for (const notice of facts.notices) await messages.say(notice)
  if (facts.truncated === 'rows') {
    const shown = count === 1 ? 'row is' : `${formatCount(count)} rows are`
    await messages.say(`only the first ${shown} shown; pass --limit for more`)
  } else if (facts.truncated === 'bytes') {
    await messages.say(
      `only the first ${formatCount(count)} rows are shown: the result is too large`,
    )
  }
  if (out.isTerminal) await messages.note(`${formatCount(count)} ${count === 1 ? 'row' : 'rows'}`)
  for (const { table, profile, version, asOf, records, complete } of facts.sources) {
    const whose = profile === undefined ? '' : `${profile}:`
    const what = `"${whose}${table}" (${version}) as of ${asOf}: ${countOf(records)}`
    await messages.note(complete ? what : `${what}, incomplete`)
  }
}

export async function showPlan(
  { out, json }: Context,
  { sources, steps }: QueryPlan,
): Promise<void> {
  if (json) {
    await out.write(`${JSON.stringify({ sources, steps })}\n`)
    return
  }
  const rows = rowSink(
    out,
    ['table', 'version', 'held', 'as of'].map((name) => ({ name })),
  )
  for (const { table, profile, version, held } of sources) {
    const whose = profile === undefined ? table : `${profile}:${table}`
    const count = held === undefined ? 'not read yet' : countOf(held.records)
    await rows.row([whose, version, count, held?.asOf ?? null])
  }
  await rows.end()
  for (const step of steps) await out.write(`${printable(step)}\n`)
}
