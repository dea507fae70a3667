/** Where the state of this program is: what sets it, and what it means. */
import type { AddressKind } from '@chatlayer-tables/sources'
import { readSavedReference } from './connections/saved-address.ts'
import { UsageError } from './failures.ts'
import type { Io } from './io.ts'
import { isNamed, type Settings, type Sourced } from './profiles/settings.ts'
import type { ResolvedAddress } from './side-inputs.ts'

/** The state that a `chatlayer.yaml` names. */
export interface ProjectState {
  readonly state: string
  /** The name of the file. */
  readonly file: string
}

/** The value for the folder of this machine, where another setting would name a database. */
export const LOCAL = 'local'

/** Shown for an address that may contain secrets. */
export const HIDDEN_STATE = 'an address'

/** Begins the name of a setting that a project makes. */
export const OF_PROJECT = 'state of '

/**
 * A profile that the command line names comes first, then the environment, the project, and any other
 * profile.
 *
 * @returns undefined for the folder of this machine
 */
export function chooseState(
  { state, profile }: Pick<Settings, 'state' | 'profile'>,
  project: ProjectState | undefined,
): Sourced<string> | undefined {
  const isWeaker = state === undefined || (state.by === 'profile' && !isNamed(profile))
  const from = state?.by === 'profile' ? `the profile "${profile?.name}"` : (state?.by ?? '')
  const chosen =
    isWeaker && project !== undefined
      ? { value: project.state, by: `${OF_PROJECT}${project.file}` }
      : state && { value: state.value, by: from }
  return chosen?.value === LOCAL ? undefined : chosen
}

/** A setting as it can be shown: an address with anything that may be a secret is left out. */
export function shownState(value: string): string {
  const isPlain = /^(?:postgres(?:ql)?:\/\/(?:[^:@/?#\s]*@)?[^@/?#\s]*(?:\/[^@/?#\s]*)?)$/i.test(
    value,
  )
  const isName = value === LOCAL || /^connection:[\w-]+$/.test(value)
  return isPlain || isName ? value : HIDDEN_STATE
}

/**
 * Checks how a state is written, without connecting.
 *
 * @throws UsageError that does not repeat it: it may contain a password
 */
export async function checkState({ value, by }: Sourced<string>, env: Io['env']): Promise<void> {
  if (value === LOCAL) return
  const reference = readSavedReference(value)
  const rest = reference && `${reference.path}${reference.query}${reference.fragment}`
  if (reference !== undefined && rest === '') return
  const { addressKind } = await import('@chatlayer-tables/sources/address')
  if (rest !== undefined || value.includes('#') || addressKind(value) !== 'postgres') {
    throw new UsageError(`${by} is not the address of a PostgreSQL database`, HINT)
  }
  const { postgresName } = await import('@chatlayer-tables/sources/postgres')
  const { InvalidInputError } = await import('@chatlayer-tables/core')
  try {
    postgresName({ address: value, env })
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new UsageError(`${by}: ${error.message}`, error.hint)
  }
}

const HINT =
  'Such as postgres://user@host/database, or connection:NAME for a saved connection. For this machine alone: local'

/** @throws UsageError for a saved connection to anything else */
export function checkStateKind(
  { kind }: { readonly kind: AddressKind },
  { value, by }: Sourced<string>,
): void {
  if (kind === 'postgres') return
  throw new UsageError(`${by}: ${shownState(value)} is not a connection to PostgreSQL`, HINT)
}

export type StateAddress = Pick<ResolvedAddress, 'address' | 'secret'>
