import { connect } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import type { ConnectionFlags } from '../../options/common.ts'

/** Resolves unknown outcomes of interrupted runs, if there is a connection. */
export async function recoverWrites(context: Context, flags: ConnectionFlags): Promise<void> {
  if (!(await context.state.mayNeedRecovery())) return
  await context.journal.open()
  try {
    await using _client = await connect(context, flags)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    // Known changes can be shown without a connection.
  }
}
