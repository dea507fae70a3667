import type { Table, TableAction } from '@chatlayer-tables/contract'
import type { Reply, SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'

/** Sends one action on a table, in the version of its handle. */
export function performAction(
  { sender, version }: TableContext,
  table: Table,
  action: TableAction,
  options: SendOptions,
): Promise<Reply<'performTableAction'>> {
  return sender.send(
    'performTableAction',
    { params: { tableId: table.id }, query: { version }, body: action },
    options,
  )
}
