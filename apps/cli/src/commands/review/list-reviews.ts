/** Lists reviews that wait for a decision. */
import type { Reviews, StoredReview } from '@chatlayer-tables/journal/reviews'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { reportHidden } from '../../output/preview-output.ts'
import { rowSink } from '../../output/record-output.ts'
import { factsOf } from './stored-facts.ts'

export async function listReviews(reviews: Reviews, context: Context): Promise<ExitCode> {
  const pending = await reviews.list({ states: ['pending'] })
  const { out, messages, json } = context
  if (json) {
    await out.write(`${JSON.stringify(pending.map(summaryOf), null, 2)}\n`)
    return EXIT.ok
  }
  const names = ['review', 'made', 'by', 'what', 'expires', 'note']
  const sink = rowSink(
    out,
    names.map((name) => ({ name })),
  )
  for (const review of pending) {
    const { id, createdAt, expiresAt, note } = review
    await sink.row([
      id,
      short(createdAt),
      byOf(review),
      factsOf(review).title,
      short(expiresAt),
      note ?? null,
    ])
  }
  await sink.end()
  await reportHidden(messages, sink.hidden)
  await messages.note(
    pending.length === 0
      ? 'No review waits. MCP servers that ask for reviews create them.'
      : 'Decide with: clt review ID, in the browser with --browser',
  )
  return EXIT.ok
}

/** A review without its rows and the arguments of its call. */
export function summaryOf(review: StoredReview): Record<string, unknown> {
  const { id, state, program, client, principal, command, table, version, note } = review
  const { rowCounts, createdAt, expiresAt, decision, result } = review
  return {
    ...{ id, state, title: factsOf(review).title, program, client, principal, command },
    ...{ table, version, note, changes: rowCounts.reduce((sum, count) => sum + count, 0) },
    ...{ createdAt, expiresAt, decision, result },
  }
}

/** Such as `mcp (claude-code) for tok_1`. */
export function byOf({ program, client, principal }: StoredReview): string {
  const name = client === undefined ? program : `${program} (${client})`
  return principal === null ? name : `${name} for ${principal}`
}

function short(time: string): string {
  return time.replace(/\.\d+/, '')
}
