/** The settings that reads can show. Each result is judged by records that are known. */
import { randomUUID } from 'node:crypto'
import {
  columnTypeOf,
  DATA_PAGE,
  type Dialect,
  type FilterColumn,
  recordFieldColumn,
  UNDECLARED_OPERATORS,
  undeclaredFilter,
  type WireRecord,
  wireFilter,
  writeList,
} from '@chatlayer-tables/contract'
import { type Asking, areExactly, type ReadResult } from './asking.ts'
import { type Finding, learned, notLearned, type SettingName } from './finding.ts'
import type { Trail } from './trail.ts'

/** With this many records, everything but the largest page can be tested. */
export const ENOUGH_RECORDS = 3
/** Page sizes to try, largest first, including the documented one. */
const TRIED_LIMITS = [10_000, 1_000, 500, 200, DATA_PAGE.max, 50, 20, 10, 1] as const
const ORDER_READS = 3
const NO_RECORDS = 'the table has too few records to show it'

export async function probeByReading(
  asking: Asking,
  first: ReadResult,
  dialect: Dialect,
): Promise<Finding[]> {
  const { records, total = records.length } = first
  const { trail } = asking
  let id: FilterColumn | undefined
  const idFilter = await trail.learn('idFilter', async () => {
    const found = await findIdColumn(asking, records, dialect)
    id = found.column
    return found.finding
  })
  const [a, b] = records
  const pair = a === undefined || b === undefined ? undefined : ([a.id, b.id] as const)
  const findings = [idFilter]
  const questions: readonly [SettingName, () => Finding | Promise<Finding>][] = [
    ['filterCombination', () => filterCombination(asking, pair, id)],
    ['listEncoding', () => listEncoding(asking, pair, id)],
    ['timestampFilter', () => timestampFilter(asking, records, dialect)],
    ['pageOrder', () => pageOrder(asking, records)],
    ['maxSelectLimit', () => maxSelectLimit(asking, total)],
    ['numericForm', () => form(asking, records, 'numeric', 'numericForm')],
    ['intForm', () => form(asking, records, 'int', 'intForm')],
    ['unknownColumn', () => unknownColumn(asking)],
    ['versions', () => versions(asking, first)],
  ]
  for (const [setting, ask] of questions) {
    findings.push(await trail.learn(setting, async () => ask()))
  }
  await showMore(asking, records)
  // Rejections of the questions before show it.
  findings.push(await trail.learn('errorMessageForm', async () => errorMessageForm(trail)))
  return findings
}

type Pair = readonly [string, string] | undefined

function hasColumn({ table }: Asking, name: string): boolean {
  return table.columns.some((column) => column.name === name)
}

/** The first form of the id column that finds a known record, and none for an unknown id. */
async function findIdColumn(
  asking: Asking,
  [record]: readonly WireRecord[],
  dialect: Dialect,
): Promise<{ finding: Finding; column?: FilterColumn }> {
  if (record === undefined) return { finding: notLearned('idFilter', NO_RECORDS) }
  for (const idFilter of ['uuid', 'text'] as const) {
    const column = recordFieldColumn('id', { ...dialect, idFilter })
    if (column === undefined) continue
    if (hasColumn(asking, column.name)) {
      return { finding: notLearned('idFilter', `a column of the table is named ${column.name}`) }
    }
    const found = await asking.find(wireFilter(column, 'eq', record.id))
    if (!areExactly(found, [record.id])) continue
    if (!areExactly(await asking.find(wireFilter(column, 'eq', randomUUID())), [])) continue
    const seen = `a filter by id as ${idFilter} found exactly the record of that id`
    return { finding: learned('idFilter', idFilter, seen), column }
  }
  const seen = 'no filter by the id of a known record found that record alone'
  return { finding: learned('idFilter', 'none', seen) }
}

async function filterCombination(
  asking: Asking,
  pair: Pair,
  idColumn: FilterColumn | undefined,
): Promise<Finding> {
  if (pair === undefined || idColumn === undefined) return cannotAsk('filterCombination', pair)
  const found = await asking.find(...pair.map((id) => wireFilter(idColumn, 'eq', id)))
  if (areExactly(found, [])) {
    return learned('filterCombination', 'and', 'two different ids at once found no record')
  }
  if (areExactly(found, pair)) {
    return learned('filterCombination', 'or', 'two different ids at once found both records')
  }
  const what = found === undefined ? 'were rejected' : `found ${found.length} records`
  return notLearned('filterCombination', `two different ids at once ${what}`)
}

function cannotAsk(setting: 'filterCombination' | 'listEncoding', pair: Pair): Finding {
  const why = 'records cannot be filtered by id, which the test needs'
  return notLearned(setting, pair === undefined ? NO_RECORDS : why)
}

async function listEncoding(
  asking: Asking,
  pair: Pair,
  idColumn: FilterColumn | undefined,
): Promise<Finding> {
  if (pair === undefined || idColumn === undefined) return cannotAsk('listEncoding', pair)
  for (const encoding of ['json', 'postgres', 'comma'] as const) {
    const list = writeList(pair, encoding)
    if (list === undefined) continue
    if (!areExactly(await asking.find(wireFilter(idColumn, 'in', list)), pair)) continue
    const seen = `a list of two ids, written as ${encoding}, found both`
    return learned('listEncoding', encoding, seen)
  }
  return notLearned('listEncoding', 'no known way of writing a list of two ids found both records')
}

async function timestampFilter(
  asking: Asking,
  records: readonly WireRecord[],
  dialect: Dialect,
): Promise<Finding> {
  if (records.length === 0) return notLearned('timestampFilter', NO_RECORDS)
  const epoch = new Date(0).toISOString()
  for (const naming of ['camel', 'snake'] as const) {
    const column = recordFieldColumn('createdAt', { ...dialect, timestampFilter: naming })
    if (column === undefined) continue
    if (hasColumn(asking, column.name)) {
      return notLearned('timestampFilter', `a column of the table is named ${column.name}`)
    }
    const after = await asking.find(wireFilter(column, 'gte', epoch))
    const before = await asking.find(wireFilter(column, 'lt', epoch))
    if (after === undefined || after.length === 0 || !areExactly(before, [])) continue
    return learned(
      'timestampFilter',
      naming,
      `a filter by ${column.name} separated old records from new ones`,
    )
  }
  return learned(
    'timestampFilter',
    'none',
    'the creation date could not be filtered under any known name',
  )
}

async function pageOrder(asking: Asking, records: readonly WireRecord[]): Promise<Finding> {
  if (records.length < ENOUGH_RECORDS) return notLearned('pageOrder', NO_RECORDS)
  const size = Math.floor(records.length / 3)
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

async function maxSelectLimit(asking: Asking, total: number): Promise<Finding> {
  if (total === 0) return notLearned('maxSelectLimit', NO_RECORDS)
  for (const limit of TRIED_LIMITS) {
    if (limit > Math.max(total, DATA_PAGE.max)) continue
    const result = await asking.select([], limit)
    if (result === 'refused') continue
    const got = result.records.length
    if (got === total && limit === DATA_PAGE.max) {
      return notLearned('maxSelectLimit', `the table has no more than ${limit} records`)
    }
    const most = Math.max(1, Math.min(limit, got === total ? limit : got))
    return learned('maxSelectLimit', most, `a limit of ${limit} returned ${got} records`)
  }
  return notLearned('maxSelectLimit', 'every limit was rejected')
}

function form(
  asking: Asking,
  records: readonly WireRecord[],
  type: 'numeric' | 'int',
  setting: 'numericForm' | 'intForm',
): Finding {
  const columns = asking.table.columns.filter((column) => columnTypeOf(column.type) === type)
  const values = columns.flatMap(({ name }) => records.map((record) => record.values[name]))
  const given = values.filter((value) => value !== null && value !== undefined)
  const strings = given.filter((value) => typeof value === 'string').length
  if (given.length === 0) return notLearned(setting, `no record has a value of type ${type}`)
  const seen = `${strings} of ${given.length} ${type} values are JSON strings`
  if (strings === 0) return learned(setting, 'number', seen)
  return strings === given.length ? learned(setting, 'string', seen) : notLearned(setting, seen)
}

async function unknownColumn(asking: Asking): Promise<Finding> {
  let name = 'no_such_column'
  while (hasColumn(asking, name)) name += '_'
  const found = await asking.find(wireFilter({ name, type: 'text' }, 'eq', 'x'))
  const [value, was] =
    found === undefined ? (['refused', 'refused'] as const) : (['ignored', 'taken'] as const)
  return learned('unknownColumn', value, `a filter on a column that is not there was ${was}`)
}

/** What a request is answered that no setting depends on. Asked only for a recorder. */
async function showMore(asking: Asking, records: readonly WireRecord[]): Promise<void> {
  const { trail } = asking
  await trail.show('contract', () => asking.definition())
  await trail.show('contract', () => asking.customers(1))
  await trail.show('error-404', () => asking.definition(randomUUID()))
  const text = asking.table.columns.find(({ type }) => columnTypeOf(type) === 'text')
  if (text === undefined || records.length === 0) return
  for (const operator of UNDECLARED_OPERATORS) {
    const filter = undeclaredFilter({ name: text.name, type: 'text' }, operator, 'x')
    await trail.show('no-other-operator', () => asking.select([filter], 1))
  }
}

/** Versions with other records are separate; equal ones may be copies. */
async function versions(asking: Asking, here: ReadResult): Promise<Finding> {
  const there = await asking.inOtherVersion().page(0)
  const ids = ({ records }: ReadResult) => records.map(({ id }) => id).toSorted()
  const isWhole = (page: ReadResult) => page.total === page.records.length
  const differ =
    isWhole(here) && isWhole(there)
      ? ids(here).join() !== ids(there).join()
      : here.total !== undefined && there.total !== undefined && here.total !== there.total
  return differ
    ? learned('versions', 'separate', 'the two versions of the table hold different records')
    : notLearned('versions', 'the two versions of the table hold the same records, as far as read')
}

function errorMessageForm({ errorForms }: Trail): Finding {
  const [form, other] = errorForms
  if (form === undefined) return notLearned('errorMessageForm', 'no error had a message')
  if (other !== undefined)
    return notLearned('errorMessageForm', 'errors had messages of both forms')
  const seen = form === 'array' ? 'every message of an error was a list' : 'no message was a list'
  return learned('errorMessageForm', form, seen)
}
