import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import { CursorArgument, integer, Notice, TableArgument } from '../fields.ts'

/** Counts that are 0 are left out. */
const Count = z.int().optional()

const ChangeSet = z.strictObject({
  change_set: z.string(),
  at: z.string(),
  table: z.string(),
  version: z.string(),
  tool: z.string().describe('cli, mcp or another, and what it was asked to do'),
  client: z.string().optional(),
  note: z.string().optional(),
  inserted: Count,
  updated: Count,
  deleted: Count,
  rejected: Count,
  unknown: Count,
  undone: z.int().describe('Of the writes that landed').optional(),
  undoes: z.string().describe('The change set that this one took back').optional(),
  job: z.string().describe('The import it belongs to; undo_changes takes it').optional(),
  status: z.enum(['running', 'unsettled']).describe('Left out once all is known').optional(),
})

const RecordedChange = z.strictObject({
  change: z.enum(['inserted', 'updated', 'deleted']),
  id: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  status: z.string().describe('Left out of what landed').optional(),
  problem: z.string().optional(),
  undone: z.literal(true).optional(),
  not_kept: z.array(z.string()).describe('Columns whose values the journal lacks').optional(),
})

export const listChanges = defineTool({
  name: 'list_changes',
  title: 'List changes',
  description: 'What was written with this server or the clt command, newest first.',
  annotations: READS,
  needs: 'journal',
  input: z.strictObject({
    table: TableArgument.optional(),
    since: z.string().describe('ISO time, or such as 90m, 24h, 7d').optional(),
    change_set: z.string().describe('Shows its records, before and after').optional(),
    limit: integer(1, 100, 20),
    cursor: CursorArgument.optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    change_sets: z.array(ChangeSet),
    records: z.array(RecordedChange).describe('Of the change set that was named').optional(),
    returned: z.int().describe('Records where a change set was named, else change sets'),
    total: z.int(),
    truncated: z.boolean().describe('There is more: pass next_cursor'),
    next_cursor: z.string().optional(),
  }),
  example: { table: 'stores', since: '24h' },
  load: () => import('./run.ts'),
})
