import { parseTableReference, type TableHandle } from '@chatlayer-tables/core'
import { ToolFailure } from '../answer/failure.ts'
import type { CallContext } from './context.ts'

/**
 * The table that a call names, for reading or for writing. Here alone it is decided whether a write
 * may go where it wants to.
 *
 * @throws ToolFailure for a version that this server does not write to
 */
export function openTable(
  { client, settings }: CallContext,
  reference: string,
  purpose: 'read' | 'write',
): TableHandle {
  const { profile, table, version = client.connection.version } = parseTableReference(reference)
  if (profile !== undefined) {
    throw new ToolFailure('INVALID_ARGUMENTS', 'This server has one connection and no profiles.', {
      field: 'table',
      hint: `Leave off "${profile}:". A table whose own name holds a colon is written ":${profile}:${table}".`,
    })
  }
  if (purpose === 'write' && settings.readOnly) {
    throw new ToolFailure('NOT_ALLOWED', 'This server only reads.', { field: 'table' })
  }
  if (purpose === 'write' && version === 'LIVE' && !settings.allowLive) {
    throw new ToolFailure('LIVE_NOT_ALLOWED', 'This server does not write to LIVE.', {
      field: 'table',
      hint: `Write to the draft, "${table}@draft". Only the operator can allow LIVE, by starting the server with --allow-live.`,
    })
  }
  return client.table(table, { version })
}
