/** Reports of emulators in eight dialects, replayed: the masked responses must teach the same. */
import type { Dialect } from '@chatlayer-tables/contract'
import { startEmulator } from '@chatlayer-tables/emulator'
import { expect, it } from 'vitest'
import { MAX_REQUESTS, printReport, Report, replayReport } from '../src/index.ts'
import { reportOf, startGateway } from './fixture.ts'

interface Case {
  readonly dialect: Partial<Dialect>
  /** Settings that this gateway does not show. */
  readonly hidden?: readonly (keyof Dialect)[]
}

const CASES: readonly Case[] = [
  { dialect: {} },
  { dialect: { filterCombination: 'or', listEncoding: 'comma', nullEncoding: 'json' } },
  {
    dialect: {
      idFilter: 'text',
      timestampFilter: 'camel',
      numericForm: 'number',
      intForm: 'string',
    },
  },
  {
    dialect: { idFilter: 'none', errorMessageForm: 'array', unknownColumn: 'ignored' },
    hidden: ['filterCombination', 'listEncoding'],
  },
  {
    dialect: {
      pageOrder: 'unstable',
      maxSelectLimit: 20,
      insertAnswer: 'none',
      changeAnswer: 'count',
    },
  },
  {
    dialect: {
      emptyFilter: 'refused',
      changeAnswer: 'none',
      nulInText: 'refused',
      timestampPrecision: 'seconds',
    },
  },
  {
    dialect: {
      versions: 'shared',
      emptyFilter: 'none',
      listEncoding: 'postgres',
      nullEncoding: 'word',
      timestampZone: 'dropped',
    },
  },
  {
    dialect: {
      timestampFilter: 'snake',
      nullEncoding: 'empty',
      timestampPrecision: 'milliseconds',
    },
  },
]

it.each(CASES)('$dialect', async ({ dialect, hidden = [] }) => {
  await using emulator = await startGateway(dialect)
  const { report, error } = await reportOf(emulator, { scratchTable: 'scratch' })
  expect(error).toBeUndefined()

  const visible = Object.entries(dialect).filter(([name]) => !hidden.some((one) => one === name))
  expect(report.dialect).toMatchObject(Object.fromEntries(visible))
  expect(emulator.dialect).toMatchObject(unlike(report.dialect, DEFAULT_OF_EMULATOR))
  for (const name of hidden) expect(report.dialect).not.toHaveProperty(name)
  expect(emulator.tables.records('scratch')).toEqual([])
  const reads = report.exchanges.filter(({ params }) => params.tableId !== scratchId(report))
  expect(reads.length).toBeLessThanOrEqual(MAX_REQUESTS.reads)
  expect(report.exchanges.length - reads.length).toBeLessThanOrEqual(MAX_REQUESTS.scratchTable)

  const stored = Report.parse(JSON.parse(printReport(report)))
  const replay = await replayReport(stored)
  expect(replay.divergedAt).toBeUndefined()
  expect(replay.dialect).toEqual(report.dialect)
  expect(replay.verdicts).toEqual(report.exchanges.map(({ verdict }) => verdict))
  expect(replay.facts).toEqual(report.facts)
})

/** What the emulator does where its setting is `unknown`. */
const DEFAULT_OF_EMULATOR: Readonly<Record<string, unknown>> = {
  listEncoding: 'json',
  pageOrder: 'stable',
  insertAnswer: 'record',
  changeAnswer: 'records',
  unknownColumn: 'refused',
}

function unlike(dialect: object, other: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(dialect).filter(([name, value]) => other[name] !== value),
  )
}

function scratchId({ exchanges }: Report): string | undefined {
  return exchanges.find(({ question }) => question === 'dialect.insertAnswer')?.params.tableId
}

it('reads many records and retries again', async () => {
  const records = Array.from({ length: 1_100 }, (_, at) => ({ name: `Store ${at}` }))
  const tables = [{ name: 'stores', columns: [{ name: 'name', type: 'text' }], records }]
  await using emulator = await startEmulator({ tables, dialect: { maxSelectLimit: 1_000 } })
  emulator.faults.set([{ kind: 'status', status: 503, times: 1, operations: ['getTableData'] }])
  const { report } = await reportOf(emulator)
  expect(report.dialect).toMatchObject({ maxSelectLimit: 1_000 })
  expect(report.facts.find(({ id }) => id === 'error-5xx')?.result).toBe('answered')
  expect(printReport(report).length).toBeLessThan(300_000)
  const replay = await replayReport(report)
  expect(replay).toMatchObject({
    divergedAt: undefined,
    dialect: report.dialect,
    facts: report.facts,
  })
})

it('ends where this version asks something else', async () => {
  await using emulator = await startGateway()
  const { report } = await reportOf(emulator)
  const changed = report.exchanges.map((exchange) =>
    exchange.question === 'dialect.listEncoding'
      ? { ...exchange, query: { version: 'LIVE' } }
      : exchange,
  )
  const { divergedAt, facts } = await replayReport({ ...report, exchanges: changed })
  expect(divergedAt).toBe(changed.find(({ query }) => query.version === 'LIVE')?.number)
  expect(facts.find(({ id }) => id === 'dialect.idFilter')?.result).toBe('confirmed')
  expect(facts.find(({ id }) => id === 'dialect.pageOrder')?.result).toBe('not seen')
})
