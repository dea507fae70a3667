import { createHash, randomBytes } from 'node:crypto'
import { ConfigurationError } from '@chatlayer-tables/core'
import { readSmallFileSync } from '@chatlayer-tables/local/small-file'
import type { Notes } from '@chatlayer-tables/state'

const VARIABLE = 'CHATLAYER_MCP_CONFIRM_KEY'
const MIN_LENGTH = 32

/**
 * The key that the operator has set, in a file or the environment; undefined without one.
 *
 * @throws ConfigurationError for a key that is too short, and for a file that cannot be read
 */
export function configuredKey(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Buffer | undefined {
  const text = file === undefined ? env[VARIABLE] : readKey(file)
  // Some clients pass an empty variable if it is not configured.
  if (text === undefined || (file === undefined && text === '')) return undefined
  if (text.trim().length >= MIN_LENGTH) return createHash('sha256').update(text.trim()).digest()
  const source = file === undefined ? VARIABLE : 'the file of --confirm-key-file'
  throw new ConfigurationError(`the key in ${source} must have at least ${MIN_LENGTH} characters`, {
    hint: 'Create one with: openssl rand -hex 32',
  })
}

/** A random key. */
export function newKey(): Buffer {
  return randomBytes(32)
}

/** The key that replicas share: the first one makes it. @throws StorageError */
export async function sharedKey(notes: Notes): Promise<Buffer> {
  const known = await notes.get(SHARED)
  if (known !== undefined) return Buffer.from(known, 'hex')
  const own = newKey()
  const isFirst = await notes.add(SHARED, own.toString('hex'), Number.POSITIVE_INFINITY)
  return isFirst ? own : sharedKey(notes)
}

const SHARED = 'confirm'
const MAX_BYTES = 65_536

function readKey(file: string): string {
  try {
    return readSmallFileSync(file, { maxBytes: MAX_BYTES })
  } catch (cause) {
    throw new ConfigurationError('the file of --confirm-key-file cannot be read', { cause })
  }
}
