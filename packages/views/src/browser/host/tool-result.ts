/** What the result of a tool says about what the page shows, and the little that it holds itself. */
import type { Cell, ToolCall } from '../../protocol/cells.ts'
import type { EmbeddedData } from '../../protocol/requests.ts'
import type { Subject } from './host.ts'
import { isFields } from './mcp-bridge.ts'

type Fields = Readonly<Record<string, unknown>>

/** Structured content, or the same as JSON in a text: some hosts pass on nothing else. */
export function contentOf({ structuredContent, content }: Fields): Fields {
  if (isFields(structuredContent)) return structuredContent
  for (const block of Array.isArray(content) ? content : []) {
    const parsed = isFields(block) ? parse(block.text) : undefined
    if (isFields(parsed)) return parsed
  }
  return {}
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

export function subjectOf(content: Fields, call: ToolCall): Subject {
  const { arguments: args, tool } = call
  const table = textOf(content.table) ?? textOf(args.table)
  const review = textOf(isFields(content.review) ? content.review.id : undefined)
  // What an undo would revert is not what its preview shows.
  const named = tool === 'undo_changes' ? undefined : textOf(args.change_set)
  const changeSet = textOf(content.change_set) ?? named
  const isGrouped = [content.groups, args.group_by, args.aggregate].some((it) => it !== undefined)
  return {
    ...(table !== undefined && { table }),
    ...(review !== undefined && { review }),
    ...(changeSet !== undefined && { changeSet }),
    ...((tool !== '' || Object.keys(args).length > 0) && { call }),
    ...(isGrouped && { isGrouped }),
  }
}

/** Records of a result with columns and rows, for hosts that let the page ask for no more. */
export function dataOf(content: Fields, { table = '' }: Subject): EmbeddedData {
  const { columns, rows, total, version } = content
  if (!Array.isArray(columns) || !Array.isArray(rows)) return {}
  const place = columns.indexOf('id')
  const cells = rows.map((row) => (Array.isArray(row) ? row.map(cellOf) : []))
  return {
    table: {
      table,
      version: version === 'LIVE' ? 'LIVE' : 'DRAFT',
      columns: columns.map((name) => ({ name: String(name), type: '' })),
      total: rows.length,
      isWritable: false,
      facts: [
        [
          'shown',
          `the ${rows.length} rows of this result, of ${Number(total ?? rows.length)}: ` +
            "the assistant's app does not let this page ask for more",
        ],
      ],
    },
    records: {
      total: rows.length,
      rows: cells.map((row, index) => ({ id: String(row[place] ?? index + 1), cells: row })),
    },
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return value as Cell
  return { json: JSON.stringify(value) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
