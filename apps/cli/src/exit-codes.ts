/** What a run's exit code says; the same for every command. */
import type { ErrorCode } from '@chatlayer-tables/core'

export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  access: 4,
  gateway: 5,
  rejected: 6,
  unknown: 7,
  storage: 8,
  storedOtherwise: 9,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The table that help and the README show. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'all done',
  [EXIT.unexpected]: 'trouble that is none of the below',
  [EXIT.usage]: 'not done: wrong arguments, settings or input, or not confirmed',
  [EXIT.notFound]: 'no such table or record',
  [EXIT.access]: 'the token is wrong, or may not do this',
  [EXIT.gateway]: 'the gateway was not reached, or could not do it now',
  [EXIT.rejected]: 'the gateway or the table refused it, or some of the rows',
  [EXIT.unknown]:
    'outcome of some writes unknown, or the number of records does not fit: check before retrying',
  [EXIT.storage]: 'this machine: disk full, or a folder or file of chatlayer-tables cannot be used',
  [EXIT.storedOtherwise]:
    'written, but the gateway stored some values otherwise than they were sent',
  [EXIT.interrupted]: 'interrupted',
}

/** The exit code for each kind of error of the client. */
export const EXIT_BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  CONFIGURATION: EXIT.usage,
  INVALID_INPUT: EXIT.usage,
  NOT_EXPRESSIBLE: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  AUTHENTICATION: EXIT.access,
  PERMISSION: EXIT.access,
  REJECTED: EXIT.rejected,
  RATE_LIMITED: EXIT.gateway,
  GATEWAY: EXIT.gateway,
  CONNECTION: EXIT.gateway,
  TIMEOUT: EXIT.gateway,
  UNEXPECTED_ANSWER: EXIT.gateway,
  TABLE_CHANGED: EXIT.gateway,
  UNKNOWN_OUTCOME: EXIT.unknown,
}

/** The exit code for each kind of error of this machine. */
export const EXIT_BY_LOCAL_ERROR = {
  STORAGE: EXIT.storage,
  LOCKED: EXIT.storage,
} as const
