/** Hints to errors of the libraries, which name no command: the words for each situation. */
import type { JournalSituation } from '@chatlayer-tables/journal'

/** The situations that the libraries report, each with its code and data. */
type Situation = JournalSituation

type DataOf<P extends Situation> = P extends { readonly data: infer D } ? D : undefined

/** The hint of each situation, in place of the error's own. */
export const HINTS: {
  readonly [C in Situation['code']]: (data: DataOf<Extract<Situation, { code: C }>>) => string
} = {
  CHANGES_NOT_FOUND: () =>
    'clt changes list shows the change sets and their jobs; old ones are pruned.',
}

/** The hint to show for an error: ours for its situation, or else its own. */
export function hintOf(error: object): string | undefined {
  return hintOfSituation(error) ?? ownHint(error)
}

function hintOfSituation(error: object): string | undefined {
  const situation = 'situation' in error ? (error.situation as Situation | undefined) : undefined
  if (situation === undefined || !Object.hasOwn(HINTS, situation.code)) return undefined
  const hint = HINTS[situation.code] as (data: unknown) => string
  return hint('data' in situation ? situation.data : undefined)
}

function ownHint(error: object): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
}
