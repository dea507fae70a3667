/** `--expect`: a write that would affect another number of records is not begun. */
import { UsageError } from './failures.ts'
import { countOf } from './output/preview-output.ts'

/**
 * Call before the first write.
 *
 * @param verb such as `Update`
 * @throws UsageError if the numbers differ
 */
export function checkExpected(verb: string, count: number, expected: number | undefined): void {
  if (expected === undefined || count === expected) return
  throw new UsageError(
    `--expect ${expected}: would ${verb.toLowerCase()} ${countOf(count)}; nothing was changed`,
    'See which records with --dry-run, then correct the condition or the number.',
  )
}
