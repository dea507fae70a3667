import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallOptions, Client } from '@chatlayer-tables/core'

/** A gateway that cannot filter by dates is probed again after this time. */
const AGAIN_MS = 24 * 3_600_000

const learning = new WeakMap<Client, Promise<void>>()

export interface Learning {
  readonly client: Client
  readonly tableId: string
  /** Where it is remembered that a gateway cannot filter by dates; undefined: nowhere. */
  readonly folder?: string | undefined
  readonly call: CallOptions
}

/**
 * Has a client detect once, with reads only, which filters its gateway has and how large its pages may
 * be: where that is unknown, every refresh reads the whole table. A failed probe changes nothing; that a
 * gateway cannot filter by dates is remembered for a day.
 */
export async function learn({ client, tableId, folder, call }: Learning): Promise<void> {
  const mark = folder === undefined ? undefined : join(folder, 'filters-no-dates')
  if (client.dialect.timestampFilter !== 'none' || isRecent(mark)) return
  let probing = learning.get(client)
  if (probing === undefined) {
    probing = client.probe({ table: tableId, signal: call.signal }).then(
      () => {
        if (mark !== undefined && client.dialect.timestampFilter === 'none') {
          writeFileSync(mark, '', { mode: 0o600 })
        }
      },
      () => undefined,
    )
    learning.set(client, probing)
  }
  await probing
  call.signal?.throwIfAborted()
}

function isRecent(mark: string | undefined): boolean {
  if (mark === undefined) return false
  const written = statSync(mark, { throwIfNoEntry: false })?.mtimeMs
  return written !== undefined && Math.abs(Date.now() - written) < AGAIN_MS
}
