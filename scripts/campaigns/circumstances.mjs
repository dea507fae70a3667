/** Conditions of the processes of a campaign: clocks that are set, and other writers. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../workspace.mjs'

const CLOCK_SHIFT = pathToFileURL(join(ROOT, 'apps/cli/test/clock-shift.mjs')).href
const CORE = pathToFileURL(join(ROOT, 'packages/core/dist/index.js')).href

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** The error of a process's clock, in either direction. */
const STEPS_MS = [0, MINUTE_MS, 60 * MINUTE_MS, DAY_MS, 365 * DAY_MS]

/** Flags that every campaign takes. */
export const CIRCUMSTANCES = /** @type {const} */ ({
  'clock-steps': { type: 'boolean', default: true },
  writer: { type: 'boolean', default: true },
})

/**
 * Gives each process of a run another clock.
 *
 * @param {() => number} random
 * @param {boolean | undefined} isOn
 * @returns {() => Record<string, string>} variables for the environment of the next process
 */
export function clockSteps(random, isOn) {
  if (!isOn) return () => ({})
  return () => {
    const size = STEPS_MS[Math.floor(random() * STEPS_MS.length)] ?? 0
    const shift = random() < 0.5 ? -size : size
    return { NODE_OPTIONS: `--import ${CLOCK_SHIFT}`, CLOCK_SHIFT_MS: String(shift) }
  }
}

/** The column `code` of the writer's records begins with this. */
const MARK = 'writer'
/** The maximum number of records of the writer. */
const MAX_RECORDS = 40

/** Whether a line of an export is a record of the writer. @param {string} line */
export function isOfWriter(line) {
  return line.includes(MARK)
}

/**
 * Inserts and deletes its own records while other processes use a table, so that pages shift during
 * reads.
 *
 * @param {NodeJS.ProcessEnv} connection
 * @param {string} table
 * @param {'DRAFT' | 'LIVE'} version
 * @param {() => number} random
 */
export async function startWriter(connection, table, version, random) {
  const { createClient } = await import(CORE)
  const client = createClient({
    baseUrl: connection.CHATLAYER_BASE_URL,
    token: connection.CHATLAYER_TOKEN,
    teamId: connection.CHATLAYER_TEAM_ID,
    botId: connection.CHATLAYER_BOT_ID,
  })
  const handle = client.table(table, { version })
  /** @type {string[]} */
  const ids = []
  let isStopping = false
  let writes = 0

  async function write() {
    while (!isStopping) {
      const isInsert = ids.length === 0 || (ids.length < MAX_RECORDS && random() < 0.5)
      const [id] = isInsert ? [] : ids.splice(Math.floor(random() * ids.length), 1)
      if (id === undefined) {
        const report = await handle.insert({ code: `${MARK} ${writes}` }).catch(() => undefined)
        if (report?.id !== undefined) ids.push(report.id)
      } else {
        // The command under test may have deleted it.
        await handle.deleteById(id)
      }
      writes += 1
      await sleep(10 + random() * 40)
    }
  }

  const writing = write()
  return {
    /** @returns {Promise<number>} the number of writes */
    async stop() {
      isStopping = true
      await writing
      await client.close()
      return writes
    },
  }
}
