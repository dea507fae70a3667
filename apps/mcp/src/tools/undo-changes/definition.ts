import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import { IdsArgument, Notice, optionalFlag, VersionResult, WRITE, WRITE_RESULT } from '../fields.ts'

/** One record that was not restored, and why. */
const UndoProblem = z.strictObject({
  id: z.string().optional(),
  status: z.enum(['conflict', 'gone', 'incomplete', 'unsettled', 'rejected', 'unknown']),
  reason: z.string(),
})

export const undoChanges = defineTool({
  name: 'undo_changes',
  title: 'Undo changes',
  description:
    'Reverts a change set or a job. Skips and reports records changed since. Undoing an undo redoes it.',
  annotations: CHANGES,
  needs: 'journal',
  input: z.strictObject({
    change_set: z.string().min(1).describe('change_set or job, from a write or list_changes'),
    ids: IdsArgument.describe('Only these records').optional(),
    force: optionalFlag().describe('Also revert records changed since'),
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    table: z.string(),
    undoes: z.string(),
    matched: z.int().describe('Records to revert'),
    undone: z.int(),
    unchanged: z.int().describe('Already as before'),
    conflicts: z.int().describe('Changed since, so skipped'),
    gone: z.int(),
    ...WRITE_RESULT,
    problems: z.array(UndoProblem),
  }),
  example: { change_set: 'h7k2mwqp', dry_run: true },
  load: () => import('./run.ts'),
})
