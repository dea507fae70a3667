import { parseDuration } from '@chatlayer-tables/local/duration'
import { ToolError } from '../../result/tool-error.ts'

/**
 * A time as a call names it: ISO 8601, or so long ago.
 *
 * @returns milliseconds since 1970
 * @throws ToolError for what is neither
 */
export function readSince(text: string, now = Date.now()): number {
  const age = parseDuration(text.trim().replace(/\s+(?=[a-z]$)/, ''))
  if (age !== undefined) return now - age
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new ToolError('INVALID_ARGUMENTS', `${JSON.stringify(text)} is no time.`, {
    field: 'since',
    hint: 'Write it as 2026-05-01, 2026-05-01T12:30:00Z, 90m, 24h or 7d.',
  })
}
