import { createHash, randomBytes } from 'node:crypto'
import { ConfigurationError } from '@chatlayer-tables/core'
import { readSmallFileSync } from '@chatlayer-tables/local/small-file'

const VARIABLE = 'CHATLAYER_MCP_CONFIRM_KEY'
const SHORTEST = 32

/**
 * The key that tokens are signed with: of a file, of the environment, or made for this process.
 *
 * @throws ConfigurationError for a key that is too short, or a file that cannot be read
 */
export function confirmKey(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Buffer {
  const text = file === undefined ? env[VARIABLE] : readKey(file)
  // A client's configuration passes an empty variable on for one that was left out.
  if (text === undefined || (file === undefined && text === '')) return randomBytes(32)
  if (text.trim().length >= SHORTEST) return createHash('sha256').update(text.trim()).digest()
  const source = file === undefined ? VARIABLE : 'the file of --confirm-key-file'
  throw new ConfigurationError(`${source} holds fewer than ${SHORTEST} characters`, {
    hint: 'Make one with: openssl rand -hex 32',
  })
}

const MAX_BYTES = 65_536

function readKey(file: string): string {
  try {
    return readSmallFileSync(file, { maxBytes: MAX_BYTES })
  } catch (cause) {
    throw new ConfigurationError('the file of --confirm-key-file cannot be read', { cause })
  }
}
