/** The code under test: adds a subscriber to the bot's newsletter. */
import type { Client } from '@chatlayer-tables/core'

export async function subscribe(client: Client, email: string): Promise<'new' | 'known'> {
  const row = { email: email.trim().toLowerCase(), active: true }
  const { change } = await client.table('subscribers').upsertOne(row, { key: 'email' })
  return change === 'inserted' ? 'new' : 'known'
}
