/**
 * The names that clients allow for a server. Claude Code, Codex and Copilot reject other characters. The
 * other clients build the name of a tool from that of its server, and language models accept only these
 * characters there. Cursor hides a tool if both names together have 60 characters or more.
 */
import { UsageError } from '../../../failures.ts'
import type { ClientFacts } from './clients.ts'

/** With the longest name of a tool and a separator, fewer than 60 characters. */
const MAX_LENGTH = 44

/** @throws UsageError with the rule */
export function checkServerName(
  name: string,
  { title, namesWithUnderscores = true }: Pick<ClientFacts, 'title' | 'namesWithUnderscores'>,
): void {
  const characters = namesWithUnderscores ? /^[a-z\d_-]+$/i : /^[a-z\d-]+$/i
  if (characters.test(name) && name.length <= MAX_LENGTH) return
  const allowed = namesWithUnderscores ? 'letters, digits, "-" and "_"' : 'letters, digits and "-"'
  throw new UsageError(
    `${title} does not allow this name of a server`,
    `--name must have 1 to ${MAX_LENGTH} characters: ${allowed}.`,
  )
}
