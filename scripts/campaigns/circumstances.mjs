/** What happens around the processes of a campaign: clocks that are set, and others who write. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../workspace.mjs'

const CLOCK_SHIFT = pathToFileURL(join(ROOT, 'apps/cli/test/clock-shift.mjs')).href
const CORE = pathToFileURL(join(ROOT, 'packages/core/dist/index.js')).href

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** By how much the clock of a process may be off, either way. */
const STEPS_MS = [0, MINUTE_MS, 60 * MINUTE_MS, DAY_MS, 365 * DAY_MS]

/** Flags that every campaign takes. */
export const CIRCUMSTANCES = /** @type {const} */ ({
  'clock-steps': { type: 'boolean', default: true },
  writer: { type: 'boolean', default: true },
})

/**
 * Gives each process of a run a clock of its own.
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

/** Records of the writer begin so in their column `code`. */
const MARK = 'writer'
/** It has this many records at most. */
const MAX_RECORDS = 40

/** Whether a line of an export is a record of the writer. @param {string} line */
export function isOfWriter(line) {
  return line.includes(MARK)
}

/**
 * Inserts and deletes records of its own while others work on a table, so that pages shift under
 * every read.
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
        // Gone already where the command at work deleted it.
        await handle.deleteById(id)
      }
      writes += 1
      await sleep(10 + random() * 40)
    }
  }

  const writing = write()
  return {
    /** @returns {Promise<number>} how often it wrote */
    async stop() {
      isStopping = true
      await writing
      await client.close()
      return writes
    },
  }
}
