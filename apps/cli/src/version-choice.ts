/** Chooses DRAFT or LIVE for a command. Writing to LIVE must be requested on the command line. */
import type { Version } from '@chatlayer-tables/core'
import { UsageError } from './failures.ts'
import type { Sourced } from './profiles/settings.ts'

export interface VersionSources {
  /** `@draft` or `@live` after the table. */
  readonly reference: Version | undefined
  /** Whether `--live` was passed. */
  readonly live: boolean
  /** The version set by CHATLAYER_TABLE_VERSION or a profile. */
  readonly setting: Sourced<Version> | undefined
}

/** @throws UsageError if both `@draft` and `--live` are passed */
export function versionToRead(sources: VersionSources): Version {
  return versionOnCommandLine(sources) ?? sources.setting?.value ?? 'DRAFT'
}

/**
 * @throws UsageError if both `@draft` and `--live` are passed, or if LIVE comes from a setting only: an
 *   old setting must not make a change visible to customers
 */
export function versionToWrite(sources: VersionSources): Version {
  const version = versionOnCommandLine(sources)
  if (version === undefined && sources.setting?.value === 'LIVE') {
    const { by } = sources.setting
    throw new UsageError(
      `${by === 'profile' ? 'the profile' : by} sets LIVE, but writing to LIVE must be requested on the command line`,
      'Pass --live, or add @live or @draft to the table, such as stores@live.',
    )
  }
  return version ?? 'DRAFT'
}

function versionOnCommandLine({ reference, live }: VersionSources): Version | undefined {
  if (live && reference === 'DRAFT') {
    throw new UsageError('@draft and --live contradict each other', 'Remove one of them.')
  }
  return live ? 'LIVE' : reference
}
