import { parseDuration } from '@chatlayer-tables/local/duration'
import { ToolError } from '../../result/tool-error.ts'

/**
 * Parses a time: ISO 8601, or an age such as 24h.
 *
 * @returns milliseconds since 1970
 * @throws ToolError for anything else
 */
export function readSince(text: string, now = Date.now()): number {
  const age = parseDuration(text.trim().replace(/\s+(?=[a-z]$)/, ''))
  if (age !== undefined) return now - age
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new ToolError('INVALID_ARGUMENTS', `Invalid time: ${JSON.stringify(text)}.`, {
    field: 'since',
    hint: 'Use a form such as 2026-05-01, 2026-05-01T12:30:00Z, 90m, 24h or 7d.',
  })
}
