/** A watched table while the system clock of this machine is set: no event may be missed or repeated. */
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { describe, expect, it } from 'vitest'
import type { WatchEvent } from '../src/commands/records/watch/difference.ts'
import { WatchedTable } from '../src/commands/records/watch/watched-table.ts'
import { AIRPORT_COLUMNS } from './cli.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** Successive additions to the system clock. */
const STEPS = [MINUTE, HOUR, DAY, YEAR].flatMap((span) => [span, -span, -span, span])

/**
 * A table read by dates, a gateway with a right clock, and a system clock that is wrong by `skew`.
 *
 * @param statesTime whether responses have a Date header
 */
async function begin(skew: number, statesTime: boolean) {
  const clocks = { gateway: Date.parse('2026-01-01'), steady: 0, skew }
  const records = Array.from({ length: 1_000 }, (_, index) => ({ iata: `${index}` }))
  const emulator = await startEmulator({
    tables: [{ name: 'airports', columns: AIRPORT_COLUMNS, records }],
    clock: () => new Date(clocks.gateway),
    dialect: { timestampFilter: 'camel' },
  })
  const { url: baseUrl, token, teamId, botId } = emulator
  const client = createClient({ baseUrl, token, teamId, botId })
  const handle = client.table('airports')
  const watched = new WatchedTable(
    { client, handle, where: undefined, select: undefined },
    {
      steady: () => clocks.steady,
      wall: () => clocks.gateway + clocks.skew,
      ahead: () => (statesTime ? -clocks.skew : undefined),
    },
  )
  return {
    ...{ clocks, emulator, client, handle, watched },
    async poll(): Promise<string[]> {
      clocks.gateway += 5_000
      clocks.steady += 5_000
      return (await watched.poll({})).map(inShort)
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await emulator.close()
    },
  }
}

function inShort(event: WatchEvent): string {
  const { values } = event.event === 'removed' ? event.before : event.record
  return `${event.event} ${values.iata} ${values.city}`
}

describe('a system clock that is set while a table is watched', () => {
  it.each([
    ['right at first', 0, true],
    ['a year slow at first', -YEAR, true],
    ['an hour ahead at first', HOUR, true],
    ['right at first, and responses state no time', 0, false],
    ['a year slow at first, and responses state no time', -YEAR, false],
  ])(
    'hides and repeats nothing when it was %s',
    { timeout: 60_000 },
    async (_, skew, statesTime) => {
      await using scene = await begin(skew, statesTime)
      const { clocks, handle, watched, emulator } = scene
      // One record is dated in the future, within the steps of the clock.
      clocks.gateway = Date.parse('2026-12-01')
      await handle.update({ iata: '999' }, { city: 'future' })
      clocks.gateway = Date.parse('2026-06-01')
      await handle.update({ iata: '998' }, { city: 'now' })
      await watched.begin({})
      emulator.requests.clear()
      for (const [index, step] of STEPS.entries()) {
        clocks.skew += step
        await handle.update({ iata: `${index}` }, { city: 'changed' })
        expect(await scene.poll()).toEqual([`changed ${index} changed`])
        await handle.insert({ iata: `new ${index}`, city: 'added' })
        expect(await scene.poll()).toEqual([`added new ${index} added`])
        expect(await scene.poll()).toEqual([])
      }
      expect(watched.wholeReason).toBeUndefined()
      // Nothing was read as a whole: that alone would be ten pages for each of these 48 polls.
      if (skew === 0 || statesTime) {
        expect(emulator.requests.counts.operations.getTableData ?? 0).toBeLessThan(3 * 48)
      }
      await handle.delete({ iata: '0' })
      expect(await scene.poll()).toEqual(['removed 0 changed'])
      expect(watched.wholeReason).toBeUndefined()
    },
  )
})
