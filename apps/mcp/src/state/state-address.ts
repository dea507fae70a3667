/** The setting that names the database which the state of this server is in. */
import { ConfigurationError } from '@chatlayer-tables/core'

export const STATE_VARIABLE = 'CHATLAYER_STATE'

const EXAMPLE = `Set it to an address such as postgres://tables@db.example.com/tables, or unset it for the state folder of this machine.`

/**
 * The address of the database; undefined for the state folder. Messages quote no value, because it may
 * have a password.
 *
 * @throws ConfigurationError for anything else
 */
export function stateAddress(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  // Some clients pass an empty variable if it is not configured.
  const text = env[STATE_VARIABLE]?.trim() || undefined
  if (text === undefined || /^postgres(?:ql)?:\/\//i.test(text)) return text
  if (/^connection:/i.test(text)) {
    throw new ConfigurationError(
      `${STATE_VARIABLE} names a saved connection, which only the command line can read`,
      { hint: EXAMPLE },
    )
  }
  throw new ConfigurationError(`${STATE_VARIABLE} must be the address of a PostgreSQL database`, {
    hint: EXAMPLE,
  })
}
