/** Tests that a server responds and accepts the secret. */
import type { Context } from '../context.ts'
import type { ResolvedAddress } from '../side-inputs.ts'

/**
 * Runs a query that reads nothing, or requests the first page of an HTTP API.
 *
 * @throws as `openSide` of the sources package does
 */
export async function tryAddress(
  { io, messages, stop }: Pick<Context, 'io' | 'messages' | 'stop'>,
  { kind, address, secret, secretHeader }: ResolvedAddress,
): Promise<void> {
  const { openSide } = await import('@chatlayer-tables/sources')
  await using side = await openSide(kind, {
    address: withoutTable(kind, address),
    query: kind === 'http' ? undefined : 'SELECT 1 AS one',
    http: secretHeader === undefined ? undefined : { secretHeader },
    secret,
    env: io.env,
    signal: stop,
    onRetry: (reason) => void messages.say(`${reason}; trying again`),
  })
  if (kind !== 'http') return
  await using reading = await side.read({ signal: stop })
  for await (const _ of reading.bytes()) break
}

/** A query takes the place of a table. */
function withoutTable(kind: ResolvedAddress['kind'], address: string): string {
  return kind === 'http' ? address : address.replace(/#.*$/s, '')
}
