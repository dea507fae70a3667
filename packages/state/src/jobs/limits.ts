/** How large the files of jobs may be that are kept in the database. */
import { ConfigurationError } from '@chatlayer-tables/core'
import type { ReplicaLimits } from '@chatlayer-tables/transfer'

const FILE_VARIABLE = 'CHATLAYER_STATE_FILE_MB'
const DEFAULT_FILE_MB = 512
const INPUT_VARIABLE = 'CHATLAYER_STATE_INPUT_MB'
const DEFAULT_INPUT_MB = 64
/** A file is kept in pieces; one of this size is still read back in minutes. */
const MAX_MB = 65_536

/** @throws ConfigurationError for a wrong value of a variable */
export function limitsOf(env: Readonly<Record<string, string | undefined>>): ReplicaLimits {
  return {
    fileBytes: megabytes(env, FILE_VARIABLE, DEFAULT_FILE_MB),
    inputBytes: megabytes(env, INPUT_VARIABLE, DEFAULT_INPUT_MB),
  }
}

function megabytes(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
): number {
  const text = env[name]?.trim()
  if (!text) return otherwise * 1e6
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value <= MAX_MB) return value * 1e6
  throw new ConfigurationError(`${name} must be a number of megabytes, at most ${MAX_MB}`)
}
