/** What reads alone can tell of the dialect. Each question is judged by records known before. */
import {
  columnTypeOf,
  DATA_PAGE,
  type Dialect,
  type FilterColumn,
  recordFieldColumn,
  type WireRecord,
  wireFilter,
  writeList,
} from '@chatlayer-tables/contract'
import { type Asked, type Asking, holdsExactly } from './asking.ts'
import { type Finding, learned, notLearned } from './finding.ts'

/** Limits above the documented one that are tried, largest first. */
const TRIED_LIMITS = [10_000, 1_000, 500, 200] as const
const ORDER_READS = 3
const NO_RECORDS = 'the table has too few records to tell'

export async function probeByReading(asking: Asking, dialect: Dialect): Promise<Finding[]> {
  const first = await asking.page(0, DATA_PAGE.max)
  const { records } = first
  const idColumn = await findIdColumn(asking, records, dialect)
  return [
    idFinding(idColumn, records),
    await filterCombination(asking, records, idColumn),
    await listEncoding(asking, records, idColumn),
    await timestampFilter(asking, records, dialect),
    await pageOrder(asking, records),
    await maxSelectLimit(asking, first.total ?? records.length),
    form(asking, records, 'numeric', 'numericForm'),
    form(asking, records, 'int', 'intForm'),
    await unknownColumn(asking),
  ]
}

/** The first naming of the id that finds exactly one record by it, and none by another's. */
async function findIdColumn(
  asking: Asking,
  records: readonly WireRecord[],
  dialect: Dialect,
): Promise<FilterColumn | undefined> {
  const [record] = records
  if (record === undefined) return undefined
  for (const idFilter of ['uuid', 'text'] as const) {
    const column = recordFieldColumn('id', { ...dialect, idFilter })
    if (column === undefined) continue
    const answer = await asking.select([wireFilter(column, 'eq', record.id)])
    if (holdsExactly(answer, [record.id]) && (await isFiltered(asking, column, records)))
      return column
  }
  return undefined
}

/** A gateway that ignores the filter would answer a table of one record just the same. */
async function isFiltered(
  asking: Asking,
  column: FilterColumn,
  records: readonly WireRecord[],
): Promise<boolean> {
  const nobody = '00000000-0000-4000-8000-000000000000'
  if (records.length > 1) return true
  return holdsExactly(await asking.select([wireFilter(column, 'eq', nobody)]), [])
}

function idFinding(
  column: FilterColumn | undefined,
  records: readonly WireRecord[],
): Finding<'idFilter'> {
  if (records.length === 0) return notLearned('idFilter', NO_RECORDS)
  if (column === undefined) {
    return learned('idFilter', 'none', 'no filter by the id of a known record found that record')
  }
  const type = column.type === 'text' ? 'text' : 'uuid'
  return learned('idFilter', type, `a filter by id as ${type} found exactly the record of that id`)
}

async function filterCombination(
  asking: Asking,
  records: readonly WireRecord[],
  idColumn: FilterColumn | undefined,
): Promise<Finding<'filterCombination'>> {
  const [a, b] = records
  if (a === undefined || b === undefined) return notLearned('filterCombination', NO_RECORDS)
  if (idColumn === undefined) {
    return notLearned('filterCombination', 'records cannot be filtered by id, which the test needs')
  }
  const answer = await asking.select([
    wireFilter(idColumn, 'eq', a.id),
    wireFilter(idColumn, 'eq', b.id),
  ])
  if (holdsExactly(answer, [])) {
    return learned('filterCombination', 'and', 'two different ids at once found no record')
  }
  if (holdsExactly(answer, [a.id, b.id])) {
    return learned('filterCombination', 'or', 'two different ids at once found both records')
  }
  return notLearned('filterCombination', `two different ids at once ${describe(answer)}`)
}

async function listEncoding(
  asking: Asking,
  records: readonly WireRecord[],
  idColumn: FilterColumn | undefined,
): Promise<Finding<'listEncoding'>> {
  const [a, b] = records
  if (a === undefined || b === undefined) return notLearned('listEncoding', NO_RECORDS)
  if (idColumn === undefined) {
    return notLearned('listEncoding', 'records cannot be filtered by id, which the test needs')
  }
  for (const encoding of ['json', 'postgres', 'comma'] as const) {
    const list = writeList([a.id, b.id], encoding)
    if (list === undefined) continue
    const answer = await asking.select([wireFilter(idColumn, 'in', list)])
    if (holdsExactly(answer, [a.id, b.id])) {
      return learned(
        'listEncoding',
        encoding,
        `a list of two ids, written as ${encoding}, found both`,
      )
    }
  }
  return notLearned('listEncoding', 'no known way of writing a list of two ids found both records')
}

async function timestampFilter(
  asking: Asking,
  records: readonly WireRecord[],
  dialect: Dialect,
): Promise<Finding<'timestampFilter'>> {
  if (records.length === 0) return notLearned('timestampFilter', NO_RECORDS)
  for (const naming of ['camel', 'snake'] as const) {
    const column = recordFieldColumn('createdAt', { ...dialect, timestampFilter: naming })
    if (column === undefined) continue
    const after = await asking.select([wireFilter(column, 'gte', '1970-01-01T00:00:00.000Z')], 1)
    const before = await asking.select([wireFilter(column, 'lt', '1970-01-01T00:00:00.000Z')], 1)
    if (after !== 'refused' && after.records.length === 1 && holdsExactly(before, [])) {
      return learned('timestampFilter', naming, `a filter by ${column.name} told old from new`)
    }
  }
  return learned('timestampFilter', 'none', 'no known name of the creation date could be filtered')
}

async function pageOrder(
  asking: Asking,
  records: readonly WireRecord[],
): Promise<Finding<'pageOrder'>> {
  if (records.length < 3) return notLearned('pageOrder', NO_RECORDS)
  const size = Math.max(1, Math.floor(records.length / 3))
  const whole = records.map((record) => record.id)
  for (let read = 1; read < ORDER_READS; read++) {
    const parts: string[] = []
    for (let offset = 0; offset < whole.length; offset += size) {
      const page = await asking.page(offset, Math.min(size, whole.length - offset))
      parts.push(...page.records.map((record) => record.id))
    }
    if (parts.join() !== whole.join()) {
      return learned('pageOrder', 'unstable', 'reading the same records twice gave two orders')
    }
  }
  const seen = `${ORDER_READS} reads of ${whole.length} records, in pages of two sizes, gave one order`
  return learned('pageOrder', 'stable', seen)
}

async function maxSelectLimit(asking: Asking, total: number): Promise<Finding<'maxSelectLimit'>> {
  if (total <= DATA_PAGE.max) {
    return notLearned('maxSelectLimit', `the table has no more than ${DATA_PAGE.max} records`)
  }
  for (const limit of TRIED_LIMITS) {
    const answer = await asking.select([], limit)
    if (answer === 'refused') continue
    const got = answer.records.length
    if (got <= DATA_PAGE.max) continue
    return learned(
      'maxSelectLimit',
      Math.min(limit, got),
      `a limit of ${limit} answered ${got} records`,
    )
  }
  return learned('maxSelectLimit', DATA_PAGE.max, `no larger limit gave more than ${DATA_PAGE.max}`)
}

function form<K extends 'numericForm' | 'intForm'>(
  asking: Asking,
  records: readonly WireRecord[],
  type: 'numeric' | 'int',
  setting: K,
): Finding<K> {
  const columns = asking.table.columns.filter((column) => columnTypeOf(column.type) === type)
  const values = columns.flatMap(({ name }) => records.map((record) => record.values[name]))
  const given = values.filter((value) => value !== null && value !== undefined)
  const strings = given.filter((value) => typeof value === 'string').length
  if (given.length === 0) return notLearned(setting, `no record has a value of type ${type}`)
  const seen = `${strings} of ${given.length} ${type} values are JSON strings`
  if (strings === 0) return learned(setting, 'number' as Dialect[K], seen)
  return strings === given.length
    ? learned(setting, 'string' as Dialect[K], seen)
    : notLearned(setting, seen)
}

async function unknownColumn(asking: Asking): Promise<Finding<'unknownColumn'>> {
  const names = new Set(asking.table.columns.map((column) => column.name))
  let name = 'no_such_column'
  while (names.has(name)) name += '_'
  const answer = await asking.select([wireFilter({ name, type: 'text' }, 'eq', 'x')], 1)
  return answer === 'refused'
    ? learned('unknownColumn', 'refused', 'a filter on a column that is not there was refused')
    : learned('unknownColumn', 'ignored', 'a filter on a column that is not there was taken')
}

function describe(answer: Asked): string {
  return answer === 'refused' ? 'were refused' : `found ${answer.records.length} records`
}
