import { createHash, randomBytes } from 'node:crypto'
import { ConfigurationError } from '@chatlayer-tables/core'
import { readSmallFileSync } from '@chatlayer-tables/local/small-file'

const VARIABLE = 'CHATLAYER_MCP_CONFIRM_KEY'
const MIN_LENGTH = 32

/**
 * The key that signs confirmation tokens: from a file, the environment, or random for this process.
 *
 * @throws ConfigurationError for a key that is too short, and for a file that cannot be read
 */
export function confirmKey(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Buffer {
  const text = file === undefined ? env[VARIABLE] : readKey(file)
  // Some clients pass an empty variable if it is not configured.
  if (text === undefined || (file === undefined && text === '')) return randomBytes(32)
  if (text.trim().length >= MIN_LENGTH) return createHash('sha256').update(text.trim()).digest()
  const source = file === undefined ? VARIABLE : 'the file of --confirm-key-file'
  throw new ConfigurationError(`the key in ${source} must have at least ${MIN_LENGTH} characters`, {
    hint: 'Create one with: openssl rand -hex 32',
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
