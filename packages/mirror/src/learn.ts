import type { Client } from '@chatlayer-tables/core'

const learning = new WeakMap<Client, Promise<void>>()

/**
 * Lets a client find out what its gateway can filter and how large its pages may be, by reads alone,
 * once: where that is not known, every refresh reads the table as a whole. A probe that fails leaves
 * things as they were.
 */
export async function learn(client: Client, table: string, signal?: AbortSignal): Promise<void> {
  if (client.dialect.timestampFilter !== 'none') return
  const probing =
    learning.get(client) ??
    client.probe({ table, signal }).then(
      () => undefined,
      () => undefined,
    )
  learning.set(client, probing)
  await probing
  signal?.throwIfAborted()
}
