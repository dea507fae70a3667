import { connect } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import type { ConnectionFlags } from '../../options/common.ts'

/** Settles what runs that were broken off left open, where there is a connection to look with. */
export async function recoverWrites(context: Context, flags: ConnectionFlags): Promise<void> {
  if (!context.journal.mayNeedRecovery) return
  try {
    await using _client = await connect(context, flags)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    // What is known can be shown without a connection.
  }
}
