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
): string {
  if (matched === 0) return NO_MATCH
  return [
    'Dry run: nothing was written.',
    all < matched ? `${matched - all} of ${matched} records hold these values already.` : undefined,
    shown < all ? `The first ${shown} of ${all} changes are shown.` : undefined,
    needsExpect
      ? `To ${action} them, repeat the call without dry_run and with expect: ${matched}.`
      : `To ${action} them, repeat the call without dry_run.`,
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ')
}
