import { ChatlayerError, type Client } from '@chatlayer-tables/core'
import { connect } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { ConnectionFlags } from '../../../options/common.ts'
import { formatCount } from '../../../output/progress.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { out, messages, json } = context
  const { olderThan, localClock: byLocalClock } = options
  const days = olderThan === undefined ? undefined : olderThan / DAY_MS
  await using client = byLocalClock ? undefined : await withGatewayTime(context, options)
  const journal = await context.journal.open()
  const pruned = await journal.prune({ days, byLocalClock }, client)
  if (json) await out.write(`${JSON.stringify(pruned)}\n`)
  const { changeSets, oldHereAlone, bytes } = pruned
  const megabytes = (bytes / 1_000_000).toFixed(1)
  await messages.note(
    `removed ${formatCount(changeSets)} change sets; journal size: ${megabytes} MB`,
  )
  if (oldHereAlone > 0) {
    await messages.note(
      `kept ${formatCount(oldHereAlone)} that are old by this machine's clock, but not known to be old by the gateway's; --local-clock removes them too`,
    )
  }
  return EXIT.ok
}

/** A client that has made a request to learn the gateway's time; undefined if there is no connection. */
async function withGatewayTime(
  context: Context,
  flags: ConnectionFlags,
): Promise<Client | undefined> {
  let client: Client | undefined
  try {
    client = await connect(context, flags)
    await client.tables.list({ timeoutMs: TIME_TIMEOUT_MS, signal: context.stop })
  } catch (error) {
    context.stop.throwIfAborted()
    if (!(error instanceof UsageError) && !(error instanceof ChatlayerError)) throw error
    // The times recorded in the journal are enough for pruning.
  }
  return client
}

/** Maximum wait for the gateway's time. */
const TIME_TIMEOUT_MS = 5_000

const DAY_MS = 86_400_000
