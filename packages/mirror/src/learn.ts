import { statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Client } from '@chatlayer-tables/core'
import type { Source } from './source.ts'

/** A gateway that cannot filter by dates is probed again after this time. */
const AGAIN_MS = 24 * 3_600_000

const learning = new WeakMap<Client, Promise<void>>()

/**
 * Has a client detect once, with reads only, which filters its gateway has and how large its pages may
 * be: where that is unknown, every refresh reads the whole table. A failed probe changes nothing; that a
 * gateway cannot filter by dates is remembered for a day.
 */
export async function learn({ client, shape, file, call }: Source): Promise<void> {
  const mark = join(dirname(file.path), 'filters-no-dates')
  if (client.dialect.timestampFilter !== 'none' || isRecent(mark)) return
  let probing = learning.get(client)
  if (probing === undefined) {
    probing = client.probe({ table: shape.tableId, signal: call.signal }).then(
      () => {
        if (client.dialect.timestampFilter === 'none') writeFileSync(mark, '', { mode: 0o600 })
      },
      () => undefined,
    )
    learning.set(client, probing)
  }
  await probing
  call.signal?.throwIfAborted()
}

function isRecent(mark: string): boolean {
  const written = statSync(mark, { throwIfNoEntry: false })?.mtimeMs
  return written !== undefined && Math.abs(Date.now() - written) < AGAIN_MS
}
