/** One judge for each fact that is no setting of the dialect. */
import {
  actionTypeOf,
  columnTypeOf,
  deleteAction,
  type FactId,
  recordsOf,
  selectAction,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { fitsType } from './fits-type.ts'
import type { ReportExchange } from './format.ts'
import { isLimitHeader } from './headers.ts'
import { compareTexts, textKind } from './shape.ts'
import { responseOf } from './stored-response.ts'

/** What exchanges show of a fact. */
export interface Shown {
  /** Whether the assumption holds; for an unknown fact any boolean; undefined when it stays open. */
  readonly holds: boolean | undefined
  readonly found?: string | undefined
  readonly evidence: string
  readonly exchanges: readonly number[]
}

type Judge = (exchanges: readonly ReportExchange[]) => Shown | undefined
type OtherFact = Exclude<FactId, `dialect.${string}`>

/** Facts that no request can show. */
type Unshown = 'payload-limit' | 'team-id-place' | 'publishing-copies'

export const JUDGES: Readonly<Partial<Record<FactId, Judge>>> = {
  'insert-one-record': (all) =>
    countsOf(all, 'insert-one-record', [1], 'records found after an insert:'),
  'filters-select': filtersSelect,
  'no-other-operator': noOtherOperator,
  'definition-per-bot': definitionPerBot,
  'postgres-types': postgresTypes,
  'column-type-names': columnTypeNames,
  'record-id-uuid': recordIdUuid,
  'page-order': pageOrder,
  'delete-answer': deleteAnswer,
  'rate-limit-headers': rateLimitHeaders,
  'error-403': (all) => errorBody(all.filter((one) => one.response?.status === 403)),
  'error-404': (all) => errorBody(all.filter(({ question }) => question === 'error-404')),
  'error-409': (all) => errorBody(all.filter((one) => one.response?.status === 409)),
  'error-422': (all) => errorBody(all.filter((one) => one.response?.status === 422)),
  'error-429': (all) => errorBody(all.filter((one) => one.response?.status === 429)),
  'error-5xx': (all) => errorBody(all.filter((one) => (one.response?.status ?? 0) >= 500)),
} satisfies Record<Exclude<OtherFact, Unshown>, Judge>

const READING = selectAction({ filters: [] }).type
const DELETION = deleteAction([]).type

function numbersOf(exchanges: readonly ReportExchange[]): number[] {
  return exchanges.map(({ number }) => number)
}

/** How many records each SELECT of a question found. */
function selected(exchanges: readonly ReportExchange[]): (number | undefined)[] {
  return exchanges
    .filter((one) => actionTypeOf(one.request) === READING)
    .map((exchange) => {
      const response = responseOf(exchange, 'performTableAction')
      return response && recordsOf(response).length
    })
}

function countsOf(
  all: readonly ReportExchange[],
  question: FactId,
  expected: readonly number[],
  what: string,
): Shown | undefined {
  const exchanges = all.filter((one) => one.question === question)
  const counts = selected(exchanges)
  if (counts.length === 0 || counts.includes(undefined)) return undefined
  const holds = expected.join() === counts.join()
  const evidence = `${what} ${counts.join(', ')}`
  return { holds, evidence, exchanges: numbersOf(exchanges) }
}

function filtersSelect(all: readonly ReportExchange[]): Shown | undefined {
  const update = countsOf(
    all,
    'filters-select',
    [1, 1],
    'changed and unchanged records after an update:',
  )
  const removal = countsOf(
    all,
    'delete-answer',
    [1, 0, 1],
    'records before a delete, after it, and others:',
  )
  if (update === undefined || removal === undefined) return undefined
  return {
    holds: update.holds === true && removal.holds === true,
    evidence: `${update.evidence}; ${removal.evidence}`,
    exchanges: [...update.exchanges, ...removal.exchanges],
  }
}

function noOtherOperator(all: readonly ReportExchange[]): Shown | undefined {
  const asked = all.filter(({ question }) => question === 'no-other-operator')
  const isAccepted = ({ response }: ReportExchange) => response?.status === 200
  const isRejected = ({ response }: ReportExchange) => response?.status === 400
  const accepted = asked.filter(isAccepted)
  if (asked.length === 0 || !asked.every((one) => isAccepted(one) || isRejected(one)))
    return undefined
  const evidence = `${accepted.length} of ${asked.length} operators that are not declared were accepted`
  return { holds: accepted.length === 0, evidence, exchanges: numbersOf(asked) }
}

function tablesOf(all: readonly ReportExchange[]): readonly Table[] {
  return all.flatMap((one) => responseOf(one, 'listTables')?.data ?? [])
}

interface Page {
  readonly number: number
  readonly table: Table
  readonly records: readonly WireRecord[]
  readonly exchange: ReportExchange
}

/** Every page and every SELECT with records, with the table that they are of. */
function pagesOf(all: readonly ReportExchange[]): Page[] {
  const tables = new Map(tablesOf(all).map((table) => [table.id, table]))
  return all.flatMap((exchange) => {
    const table = tables.get(exchange.params.tableId ?? '')
    const response =
      responseOf(exchange, 'getTableData') ?? responseOf(exchange, 'performTableAction')
    const records = response === undefined ? [] : recordsOf(response)
    return table === undefined || records.length === 0
      ? []
      : [{ number: exchange.number, table, records, exchange }]
  })
}

function definitionPerBot(all: readonly ReportExchange[]): Shown | undefined {
  const pages = pagesOf(all).filter(({ exchange }) => exchange.question === 'dialect.versions')
  const other = pages.find(({ exchange }) => exchange.operation === 'getTableData')
  if (other === undefined) return undefined
  const names = new Set(other.table.columns.map(({ name }) => name))
  const holds = other.records.every(({ values }) =>
    Object.keys(values).every((name) => names.has(name)),
  )
  const what = holds ? 'only columns' : 'columns that are not'
  return {
    holds,
    evidence: `records of the other version have ${what} of the table’s definition`,
    exchanges: [other.number],
  }
}

function postgresTypes(all: readonly ReportExchange[]): Shown | undefined {
  let checked = 0
  const misfits = new Map<string, number>()
  for (const { table, records, number } of pagesOf(all)) {
    for (const { name, type: declared } of table.columns) {
      const type = columnTypeOf(declared)
      const values = records.map(({ values }) => values[name]).filter((value) => value != null)
      if (type === undefined) continue
      checked += values.length
      if (values.some((value) => !fitsType(value, type)) && !misfits.has(type))
        misfits.set(type, number)
    }
  }
  if (checked === 0) return undefined
  if (misfits.size === 0) {
    return { holds: true, evidence: `${checked} values are of their column’s type`, exchanges: [] }
  }
  const evidence = `values of these types are something else: ${[...misfits.keys()].join(', ')}`
  return { holds: false, evidence, exchanges: [...misfits.values()] }
}

function columnTypeNames(all: readonly ReportExchange[]): Shown | undefined {
  const columns = tablesOf(all).flatMap((table) => table.columns)
  if (columns.length === 0) return undefined
  const unknown = new Set(
    columns.map(({ type }) => type).filter((type) => columnTypeOf(type) === undefined),
  )
  const known = new Set(
    columns.map(({ type }) => type).filter((type) => columnTypeOf(type) !== undefined),
  )
  const evidence =
    unknown.size === 0
      ? `${columns.length} columns have these types: ${[...known].join(', ')}`
      : `unknown types: ${[...unknown].join(', ')}`
  const exchanges = numbersOf(all.filter((one) => responseOf(one, 'listTables') !== undefined))
  return {
    holds: unknown.size === 0,
    found: [...known, ...unknown].join(', '),
    evidence,
    exchanges,
  }
}

function recordIdUuid(all: readonly ReportExchange[]): Shown | undefined {
  const pages = pagesOf(all)
  const kinds = new Set(pages.flatMap(({ records }) => records.map(({ id }) => textKind(id))))
  if (kinds.size === 0) return undefined
  const found = [...kinds].join(', ')
  const evidence = `ids of records have this form: ${found}`
  return {
    holds: found === 'uuid',
    found,
    evidence,
    exchanges: numbersOf(pages.map(({ exchange }) => exchange)).slice(0, 3),
  }
}

/** The field by which the records of the first page are in order. */
function pageOrder(all: readonly ReportExchange[]): Shown | undefined {
  const page = pagesOf(all).find(
    ({ exchange, records }) => exchange.operation === 'getTableData' && records.length >= 3,
  )
  if (page === undefined) return undefined
  const keys = {
    'the creation date': ({ createdAt }: WireRecord) => createdAt,
    'the date of the last change': ({ updatedAt }: WireRecord) => updatedAt,
    'the id': ({ id }: WireRecord) => id,
  }
  const orders = Object.entries(keys).flatMap(([what, keyOf]) => {
    const order = orderOf(page.records.map(keyOf))
    return order === undefined ? [] : [`${what}, ${order}`]
  })
  const found = orders.length === 0 ? 'none of id and dates' : orders.join('; ')
  return {
    holds: true,
    found,
    evidence: `a page of ${page.records.length} records is ordered by ${found}`,
    exchanges: [page.number],
  }
}

function orderOf(keys: readonly (string | undefined)[]): 'ascending' | 'descending' | undefined {
  const texts = keys.filter((key) => key !== undefined)
  if (texts.length < keys.length || new Set(texts).size < 2) return undefined
  const steps = texts.slice(1).map((key, at) => compareTexts(textKind(key), texts[at] ?? key, key))
  if (steps.every((step) => step <= 0)) return 'ascending'
  return steps.every((step) => step >= 0) ? 'descending' : undefined
}

function deleteAnswer(all: readonly ReportExchange[]): Shown | undefined {
  const deletion = all.find(
    (one) => one.question === 'delete-answer' && actionTypeOf(one.request) === DELETION,
  )
  const response = deletion && responseOf(deletion, 'performTableAction')
  if (deletion === undefined || response === undefined) return undefined
  const { length } = recordsOf(response)
  const total = response.meta?.total
  const found = length > 0 ? 'records' : total === undefined || total === 0 ? 'none' : 'count'
  const evidence = `a delete of one record returned ${length} records and ${total === undefined ? 'no total' : `the total ${total}`}`
  return { holds: true, found, evidence, exchanges: [deletion.number] }
}

function rateLimitHeaders(all: readonly ReportExchange[]): Shown | undefined {
  const answered = all.filter(({ response }) => response !== null)
  if (answered.length === 0) return undefined
  const limited = answered.filter((one) => limitNames(one).length > 0)
  const names = [...new Set(limited.flatMap(limitNames))].sort()
  const evidence = `${limited.length} of ${answered.length} responses had a header about a rate limit`
  return {
    holds: true,
    found: names.join(', ') || 'none',
    evidence,
    exchanges: numbersOf(limited).slice(0, 3),
  }
}

function limitNames({ response }: ReportExchange): string[] {
  return Object.keys(response?.headers ?? {}).filter(isLimitHeader)
}

function errorBody(exchanges: readonly ReportExchange[]): Shown | undefined {
  const [first] = exchanges.filter(({ response }) => response !== null)
  const { response, verdict } = first ?? {}
  if (first === undefined || !response) return undefined
  const fits = response.form === 'json' && verdict?.declared === 'fits'
  const body =
    response.form === 'json'
      ? fits
        ? 'the declared error'
        : 'JSON of another form'
      : `no JSON (${response.form})`
  const found = `${response.status} with ${body}`
  return {
    holds: true,
    found,
    evidence: `the response was ${found}`,
    exchanges: numbersOf(exchanges).slice(0, 3),
  }
}
