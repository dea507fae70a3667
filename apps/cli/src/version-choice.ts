/** DRAFT or LIVE: which of them a command works on. Writing to LIVE is always said on the command line. */
import type { Version } from '@chatlayer-tables/core'
import { UsageError } from './failures.ts'
import type { Said } from './profiles/settings.ts'

export interface VersionSources {
  /** `@draft` or `@live` behind the table. */
  readonly reference: Version | undefined
  /** Whether `--live` was said. */
  readonly live: boolean
  /** What CHATLAYER_TABLE_VERSION or a profile says, and which of them. */
  readonly setting: Said<Version> | undefined
}

/** @throws UsageError when `@draft` and `--live` are both said */
export function versionToRead(sources: VersionSources): Version {
  return said(sources) ?? sources.setting?.value ?? 'DRAFT'
}

/**
 * @throws UsageError when `@draft` and `--live` are both said, and when only a setting says LIVE: one
 *   made long ago must not decide that customers see a change
 */
export function versionToWrite(sources: VersionSources): Version {
  const version = said(sources)
  if (version === undefined && sources.setting?.value === 'LIVE') {
    const { by } = sources.setting
    throw new UsageError(
      `${by === 'profile' ? 'the profile' : by} says LIVE, but writing to LIVE is said on the command line`,
      'Add @live to the table (stores@live) or --live, or @draft to write to DRAFT.',
    )
  }
  return version ?? 'DRAFT'
}

function said({ reference, live }: VersionSources): Version | undefined {
  if (live && reference === 'DRAFT') {
    throw new UsageError('the table says @draft, and --live says LIVE', 'Leave one of them out.')
  }
  return live ? 'LIVE' : reference
}
