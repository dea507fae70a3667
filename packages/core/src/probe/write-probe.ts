/**
 * What only writes can tell, on a scratch table. Every record it makes carries a mark in a text
 * column, and is deleted by its id at the end; records of others are not touched.
 */
import { randomUUID } from 'node:crypto'
import {
  columnTypeOf,
  DATA_PAGE,
  type Dialect,
  deleteAction,
  insertAction,
  recordFieldColumn,
  type TableAction,
  updateAction,
  type WireRecord,
  wireField,
  wireFilter,
} from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import type { Asked, Asking } from './asking.ts'
import { type Finding, learned, notLearned } from './finding.ts'

/** @throws InvalidInputError when the scratch table cannot serve */
export async function probeByWriting(asking: Asking, dialect: Dialect): Promise<Finding[]> {
  const texts = asking.table.columns.filter(({ type }) => columnTypeOf(type) === 'text')
  const [markColumn, spare] = texts.map(({ name }) => name)
  if (markColumn === undefined) {
    throw new InvalidInputError(`the scratch table "${asking.table.name}" has no text column`, {
      field: 'scratchTable',
      hint: 'Make a table with two text columns in the web app, for probing alone.',
    })
  }
  return new WriteProbe(asking, dialect, markColumn, spare).run()
}

class WriteProbe {
  readonly #asking: Asking
  readonly #dialect: Dialect
  readonly #markColumn: string
  readonly #spare: string | undefined
  readonly #mark = `probe ${randomUUID()}`

  constructor(asking: Asking, dialect: Dialect, markColumn: string, spare: string | undefined) {
    this.#asking = asking
    this.#dialect = dialect
    this.#markColumn = markColumn
    this.#spare = spare
  }

  async run(): Promise<Finding[]> {
    const others = await this.#asking.page(0, 1)
    const empty = others.records.length === 0
    try {
      return [
        await this.#insertAnswer(),
        ...(await this.#nulls()),
        await this.#changeAnswer(),
        empty
          ? await this.#emptyFilter()
          : notLearned(
              'emptyFilter',
              'the scratch table holds records of others, which the test would touch',
            ),
      ]
    } finally {
      await this.#cleanUp()
    }
  }

  async #insertAnswer(): Promise<Finding<'insertAnswer'>> {
    const answer = await this.#perform(insertAction([this.#field(this.#markColumn, this.#mark)]))
    if (answer === 'refused') return notLearned('insertAnswer', 'an insert was refused')
    const [record] = answer.records
    if (answer.records.length === 1 && record?.values[this.#markColumn] === this.#mark) {
      return learned('insertAnswer', 'record', 'an insert answered the new record')
    }
    if (answer.records.length === 0)
      return learned('insertAnswer', 'none', 'an insert answered no record')
    return notLearned('insertAnswer', `an insert answered ${answer.records.length} records`)
  }

  /** Null and NUL are tried in a second text column of a marked record. */
  async #nulls(): Promise<Finding[]> {
    const spare = this.#spare
    if (spare === undefined) {
      const why = 'the scratch table has no second text column'
      return [notLearned('nullEncoding', why), notLearned('nulInText', why)]
    }
    return [await this.#nullEncoding(spare), await this.#nulInText(spare)]
  }

  async #nullEncoding(spare: string): Promise<Finding<'nullEncoding'>> {
    for (const [encoding, value] of [
      ['json', null],
      ['empty', ''],
      ['word', 'null'],
    ] as const) {
      const stored = await this.#stored(spare, value)
      if (stored !== undefined && stored.value === null) {
        return learned(
          'nullEncoding',
          encoding,
          `what was written as ${encoding} came back as null`,
        )
      }
    }
    return learned('nullEncoding', 'omit', 'neither JSON null, "" nor "null" came back as null')
  }

  async #nulInText(spare: string): Promise<Finding<'nulInText'>> {
    const stored = await this.#stored(spare, 'a\0b')
    if (stored === undefined) return learned('nulInText', 'refused', 'text with U+0000 was refused')
    return stored.value === 'a\0b'
      ? learned('nulInText', 'kept', 'text with U+0000 came back unchanged')
      : notLearned('nulInText', 'text with U+0000 was taken and came back changed')
  }

  /** Inserts a marked record with one more field and reads that back; undefined when refused. */
  async #stored(column: string, value: string | null): Promise<{ value: unknown } | undefined> {
    const mark = `${this.#mark} ${randomUUID()}`
    const fields = [this.#field(this.#markColumn, mark), this.#field(column, value)]
    if ((await this.#perform(insertAction(fields))) === 'refused') return undefined
    const found = await this.#asking.select([this.#filter(mark)])
    const [record] = found === 'refused' ? [] : found.records
    return record === undefined ? undefined : { value: record.values[column] ?? null }
  }

  async #changeAnswer(): Promise<Finding<'changeAnswer'>> {
    const [mark, other] = [`${this.#mark} a`, `${this.#mark} b`]
    for (const value of [mark, mark, other]) {
      await this.#perform(insertAction([this.#field(this.#markColumn, value)]))
    }
    const changed = `${this.#mark} c`
    const action = updateAction([this.#filter(mark)], [this.#field(this.#markColumn, changed)])
    const answer = await this.#perform(action)
    if (answer === 'refused') return notLearned('changeAnswer', 'an update by filter was refused')
    const hit = answer.records.every((record) => record.values[this.#markColumn] === changed)
    if (answer.records.length === 2 && hit) {
      return learned('changeAnswer', 'records', 'an update of two records answered both')
    }
    if (answer.records.length > 0)
      return notLearned('changeAnswer', 'an update answered other records')
    return answer.total === 2
      ? learned('changeAnswer', 'count', 'an update of two records answered their number')
      : learned('changeAnswer', 'none', 'an update of two records answered neither')
  }

  /** Only on a table whose every record is the probe's own. */
  async #emptyFilter(): Promise<Finding<'emptyFilter'>> {
    const all = `${this.#mark} all`
    const answer = await this.#perform(updateAction([], [this.#field(this.#markColumn, all)]))
    if (answer === 'refused')
      return learned('emptyFilter', 'refused', 'an update without filters was refused')
    const { records } = await this.#asking.page(0, DATA_PAGE.max)
    const hit = records.filter((record) => record.values[this.#markColumn] === all).length
    if (hit === records.length)
      return learned('emptyFilter', 'all', 'an update without filters hit every record')
    return hit === 0
      ? learned('emptyFilter', 'none', 'an update without filters hit no record')
      : notLearned(
          'emptyFilter',
          `an update without filters hit ${hit} of ${records.length} records`,
        )
  }

  async #cleanUp(): Promise<void> {
    const mine = await this.#findMine()
    const column = recordFieldColumn('id', this.#dialect)
    for (const record of mine) {
      const mark = record.values[this.#markColumn]
      const filter =
        column === undefined ? this.#filter(String(mark)) : wireFilter(column, 'eq', record.id)
      await this.#asking.perform(deleteAction([filter]), true)
    }
  }

  async #findMine(): Promise<WireRecord[]> {
    const mine: WireRecord[] = []
    for (let offset = 0; ; ) {
      const { records } = await this.#asking.page(offset, DATA_PAGE.max)
      if (records.length === 0) return mine
      mine.push(...records.filter((record) => this.#isMine(record)))
      offset += records.length
    }
  }

  #isMine(record: WireRecord): boolean {
    const mark = record.values[this.#markColumn]
    return typeof mark === 'string' && mark.startsWith(this.#mark)
  }

  #perform(action: TableAction): Promise<Asked> {
    return this.#asking.perform(action, false)
  }

  #field(column: string, value: string | null) {
    return wireField(column, 'text', value)
  }

  #filter(mark: string) {
    return wireFilter({ name: this.#markColumn, type: 'text' }, 'eq', mark)
  }
}
