/** Every fact of the contract has a question: a new one without a question fails here. */
import { facts } from '@chatlayer-tables/contract'
import type { FaultInput } from '@chatlayer-tables/emulator'
import { expect, it } from 'vitest'
import { lessonsOf, type Report } from '../src/index.ts'
import { reportOf, startGateway } from './fixture.ts'

const idsOf = (report: Report, result: Report['facts'][number]['result']) =>
  report.facts.filter((fact) => fact.result === result).map(({ id }) => id)
const shownBy = (...kinds: readonly string[]) =>
  facts.filter((fact) => kinds.includes(fact.shownBy)).map(({ id }) => id)

it('shows each fact that writes and reads can show', async () => {
  await using emulator = await startGateway()
  const { report } = await reportOf(emulator, { scratchTable: 'scratch' })
  expect(report.facts.map(({ id }) => id)).toEqual(facts.map(({ id }) => id))
  expect(idsOf(report, 'not seen')).toEqual(shownBy('chance', 'nothing'))
  expect(lessonsOf(report)).toMatchObject({
    schemas: [],
    fields: [],
    open: shownBy('chance', 'nothing'),
  })
})

it('shows by reads alone what reads can show, and writes nothing', async () => {
  await using emulator = await startGateway()
  const { report } = await reportOf(emulator)
  expect(idsOf(report, 'not seen')).toEqual(
    facts.filter(({ shownBy }) => shownBy !== 'read').map(({ id }) => id),
  )
  expect(
    emulator.requests.log.every(({ action }) => action === undefined || action === 'SELECT'),
  ).toBe(true)
})

it.each([403, 409, 422, 429, 500])(
  'shows the body of a %i that comes by chance',
  async (status) => {
    const faults: FaultInput[] = [{ kind: 'status', status, times: 1, operations: ['getTable'] }]
    await using emulator = await startGateway({}, { faults })
    const { report } = await reportOf(emulator)
    const id = status === 500 ? 'error-5xx' : `error-${status}`
    expect(report.facts.find((fact) => fact.id === id)).toMatchObject({
      result: 'answered',
      found: `${status} with the declared error`,
    })
  },
)

it('shows headers about a rate limit', async () => {
  const faults = [{ kind: 'rate-limit', perSecond: 1000, headers: 'x-ratelimit-seconds' } as const]
  await using emulator = await startGateway({}, { faults })
  const { report } = await reportOf(emulator)
  expect(report.facts.find(({ id }) => id === 'rate-limit-headers')?.found).toBe(
    'x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
  )
  expect(report.exchanges[0]?.response?.headers).toMatchObject({ 'x-ratelimit-limit': '1000' })
})

it('contradicts what was assumed', async () => {
  await using emulator = await startGateway({ filterCombination: 'or', intForm: 'string' })
  const { report } = await reportOf(emulator)
  expect(idsOf(report, 'contradicted')).toEqual(['dialect.filterCombination', 'dialect.intForm'])
  expect(lessonsOf(report).facts).toContainEqual(
    expect.stringMatching(/^dialect\.filterCombination \(I\): contradicted: or; .+ \[\d+\]$/),
  )
})
