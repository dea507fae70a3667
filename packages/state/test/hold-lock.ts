/**
 * A process that holds a lock, for tests that kill or stop it. It prints `held`, then commits as often as it
 * can, and prints why it stops.
 *
 * Arguments: the address of the database, the name of the lock, and `leave` to end without closing anything.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldLock } from '@chatlayer-tables/local'
import { Database } from '../src/database.ts'
import { Sessions } from '../src/sessions.ts'

const [address = '', name = '', mode] = process.argv.slice(2)
const options = { address, env: {} }
const database = new Database(options)
const sessions = await Sessions.open(database, options, { program: 'holder' })
const lock = await sessions.locks('writers').tryTake(name)
if (lock === undefined) throw new Error('the lock is held')
lock.lost.addEventListener('abort', () => console.log('lost'))
console.log('held')
if (mode !== 'leave') await commit(lock)

async function commit(held: HeldLock): Promise<void> {
  try {
    for (;;) {
      await sessions.commitOnce(held, async (run) => {
        await run('insert into log (holder) values ($1)', [`child ${process.pid}`])
      })
      await sleep(20)
    }
  } catch (error) {
    console.log(`stopped: ${(error as { kind?: string }).kind}`)
  }
  await sessions.close()
  await database.close()
}
