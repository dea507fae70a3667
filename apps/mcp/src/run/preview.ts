/** What a preview shows takes at most so many tokens. */
export const PREVIEW_TOKENS = 4_000

export const NO_MATCH = 'No record matches; nothing was written.'

/** What a preview found. */
export interface PreviewCounts {
  readonly matched: number
  /** How many changes the answer shows. */
  readonly shown: number
  /** How many there would be. */
  readonly all: number
  /** Whether the call that writes must name `matched`. */
  readonly needsExpect: boolean
}

/** What a preview says: that nothing was written, what is not shown, and how to go on. */
export function previewNotice(
  action: 'update' | 'delete',
  { matched, shown, all, needsExpect }: PreviewCounts,
): string | undefined {
  if (matched === 0) return NO_MATCH
  return joined(
    'Dry run: nothing was written.',
    unchangedNotice(matched, all),
    shown < all ? `The first ${shown} of ${all} changes are shown.` : undefined,
    needsExpect
      ? `To ${action} them, repeat the call without dry_run and with expect: ${matched}.`
      : `To ${action} them, repeat the call without dry_run.`,
  )
}

/** What is said of records that are left as they are; undefined when there are none. */
export function unchangedNotice(matched: number, changed: number): string | undefined {
  if (changed === matched) return undefined
  return `${matched - changed} of ${matched} records hold these values already.`
}

/** Those of the sentences that there are, as one text. */
export function joined(...sentences: readonly (string | undefined)[]): string | undefined {
  return sentences.filter((sentence) => sentence !== undefined).join(' ') || undefined
}
