import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import { CursorArgument, integer, Notice, TableArgument } from '../fields.ts'

/** Omitted if 0. */
const Count = z.int().optional()

const ChangeSet = z.strictObject({
  change_set: z.string(),
  at: z.string(),
  table: z.string(),
  version: z.string(),
  tool: z.string().describe('cli, mcp or another program, and its command'),
  client: z.string().describe('The program that called the tool, by its own name').optional(),
  caller: z.string().describe('Over HTTP, whose token it used').optional(),
  host: z.string().describe('The machine that wrote').optional(),
  note: z.string().optional(),
  inserted: Count,
  updated: Count,
  deleted: Count,
  rejected: Count,
  unknown: Count,
  undone: z.int().describe('Number of writes reverted since').optional(),
  undoes: z.string().describe('The change set that this one reverted').optional(),
  job: z
    .string()
    .describe('The import it belongs to; pass it to undo_changes to revert it all')
    .optional(),
  status: z
    .enum(['running', 'unsettled'])
    .describe('Omitted once all outcomes are known')
    .optional(),
})

const RecordedChange = z.strictObject({
  change: z.enum(['inserted', 'updated', 'deleted']),
  id: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  status: z.string().describe('Omitted if written').optional(),
  problem: z.string().optional(),
  undone: z.literal(true).optional(),
  not_kept: z
    .array(z.string())
    .describe('Columns whose values the journal does not keep')
    .optional(),
})

export const listChanges = defineTool({
  name: 'list_changes',
  title: 'List changes',
  description: 'Lists past writes, newest first.',
  annotations: READS,
  needs: 'journal',
  input: z.strictObject({
    table: TableArgument.optional(),
    since: z.string().describe('ISO time or age: 90m, 24h, 7d').optional(),
    change_set: z.string().describe('Show its records, before and after').optional(),
    limit: integer(1, 100, 20),
    cursor: CursorArgument.optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    change_sets: z.array(ChangeSet),
    records: z.array(RecordedChange).describe('Records of the requested change set').optional(),
    returned: z.int().describe('Number of records if change_set was passed, else of change sets'),
    total: z.int(),
    truncated: z.boolean().describe('More items: pass next_cursor'),
    next_cursor: z.string().optional(),
  }),
  example: { table: 'stores', since: '24h' },
  load: () => import('./run.ts'),
})
