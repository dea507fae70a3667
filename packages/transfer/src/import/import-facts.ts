/** What the job of an import keeps of what it was asked to do. */
import {
  type GatewayMoment,
  InvalidInputError,
  type Table,
  type Version,
} from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { InputFormat } from '../input/input.ts'
import type { Fingerprint } from '../job/fingerprint.ts'
import type { JobFacts } from '../job/job-types.ts'
import type { ImportSettings } from './import-types.ts'

export interface ImportFacts extends JobFacts {
  readonly kind: 'import'
  readonly table: Pick<Table, 'id' | 'name' | 'columns'>
  readonly version: Version
  readonly input: {
    /** Name in messages and in the names of the files next to it. */
    readonly name: string
    /** Absolute; undefined for what the job keeps a copy of: standard input, or an input of a server. */
    readonly path?: string | undefined
    /** How a copy is read, in addition to the settings. */
    readonly format?: InputFormat | undefined
    readonly fingerprint: Fingerprint
    /** How many rows it has; undefined where each run reads them all before it writes, as by key. */
    readonly rows?: number | undefined
  }
  readonly settings: ImportSettings
  /** Records in the table before anything was written; undefined where that could not be found out. */
  readonly countBefore?: number | undefined
  /** The gateway's time before anything was written, as far as its responses showed it. */
  readonly moment?: GatewayMoment | undefined
}

/** @param job that may have written rows of the file as it was; undefined where nothing was written */
export function changedMeanwhile(name: string, job?: string): InvalidInputError {
  const situation: TransferSituation | undefined =
    job === undefined ? undefined : { code: 'INPUT_CHANGED_IN_RUN', data: { job } }
  return new InvalidInputError(`${name} was changed while it was read`, {
    hint:
      job === undefined
        ? 'Run the import again once nothing writes to the file.'
        : 'To write the file as it is now, first undo what the job wrote.',
    situation,
  })
}
