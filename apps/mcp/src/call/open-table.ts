import { parseTableReference, type Version } from '@chatlayer-tables/core'
import { GuardedTable } from '../policy/guarded-table.ts'
import type { VisibleTable } from '../policy/policy.ts'
import { ToolError } from '../result/tool-error.ts'
import type { CallContext } from './context.ts'

type Purpose = 'read' | 'write'

/**
 * Opens the table that a call names, for reading or writing. This is the only place that checks whether
 * a write may go to a version.
 *
 * @throws ToolError for a table that is not visible, and for a version that may not be written
 */
export async function openTable(
  context: CallContext,
  reference: string,
  purpose: Purpose,
): Promise<GuardedTable> {
  const { client, catalog, signal } = context
  // There is one connection and no profiles, so a colon is part of the name: `:name` states that.
  const whole = reference.startsWith(':') ? reference : `:${reference}`
  const { table, version = client.connection.version } = parseTableReference(whole)
  if (purpose === 'write') checkWrite(context, table, version)
  const visible = await catalog.find(table, signal)
  signal.throwIfAborted()
  return openVersion(context, visible, version)
}

/** One version of a visible table, for reading. */
export function openVersion(
  { client, signal }: Pick<CallContext, 'client' | 'signal'>,
  visible: VisibleTable,
  version: Version,
): GuardedTable {
  return new GuardedTable(client.table(visible.table.id, { version }), visible, signal)
}

function checkWrite({ settings }: CallContext, table: string, version: Version): void {
  if (settings.readOnly) {
    throw new ToolError('NOT_ALLOWED', 'This server only reads.', { field: 'table' })
  }
  if (version === 'LIVE' && !settings.allowLive) {
    throw new ToolError('LIVE_NOT_ALLOWED', 'This server does not write to LIVE.', {
      field: 'table',
      hint: `Write to "${table}@draft". Only the operator can allow LIVE, with --allow-live.`,
    })
  }
}
