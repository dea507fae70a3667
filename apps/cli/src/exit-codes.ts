/** The exit codes, the same for every command. */
import type { ErrorCode } from '@chatlayer-tables/core'
import type { SideErrorCode } from '@chatlayer-tables/sources'

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
  changes: 10,
  blocked: 11,
  busy: 12,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Shown in the help and in the README. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'all done',
  [EXIT.unexpected]: 'any other error',
  [EXIT.usage]: 'invalid arguments, settings or input, or not confirmed',
  [EXIT.notFound]: 'no such table or record',
  [EXIT.access]: 'the token or password is invalid, or not allowed to do this',
  [EXIT.gateway]:
    'gateway, database or other server unreachable, or unable to complete the request now',
  [EXIT.rejected]: 'the request or some rows were rejected',
  [EXIT.unknown]:
    'outcome of some writes unknown, or unexpected record count: check before retrying',
  [EXIT.storage]:
    'disk full, or a folder, file or database that keeps changes and jobs is not usable',
  [EXIT.storedOtherwise]:
    'written, but the gateway stored some values differently from what was sent',
  [EXIT.changes]: 'clt plan: there are changes to apply',
  [EXIT.blocked]:
    'chatlayer.yaml: drift, a failed check, an exceeded limit, or a plan that is out of date; nothing was written',
  [EXIT.busy]: 'clt run: another process is writing to the same table',
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
  CONFLICT: EXIT.rejected,
  UNKNOWN_OUTCOME: EXIT.unknown,
  WRITE_FAILED: EXIT.rejected,
}

/** The exit code for each kind of error of a database or an HTTP API. */
export const EXIT_BY_SIDE_ERROR: Readonly<Record<SideErrorCode, ExitCode>> = {
  SIDE_UNREACHABLE: EXIT.gateway,
  SIDE_ACCESS: EXIT.access,
  SIDE_FAILED: EXIT.gateway,
}

/** The exit code for kinds of storage errors of a database that machines share; others are as below. */
export const EXIT_BY_DATABASE_ERROR: Readonly<Record<string, ExitCode>> = {
  unreachable: EXIT.gateway,
  lost: EXIT.gateway,
  locked: EXIT.gateway,
  'no-permission': EXIT.access,
}

/** The exit code for each kind of error of this machine. */
export const EXIT_BY_LOCAL_ERROR = {
  STORAGE: EXIT.storage,
  LOCKED: EXIT.storage,
} as const
