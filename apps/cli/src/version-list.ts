/** The tables and versions of a backup or a restore. */
import { parseTableReference, type Version } from '@chatlayer-tables/core'
import type { TableChoice } from '@chatlayer-tables/transfer'
import { UsageError } from './failures.ts'

/**
 * The versions set by `--versions` and `--live`; undefined if neither is passed.
 *
 * @throws UsageError for an invalid version, or if the two contradict each other
 */
export function readVersions({
  versions,
  live,
}: {
  readonly versions?: string
  readonly live: boolean
}): readonly Version[] | undefined {
  const listed = versions === undefined ? undefined : parseVersions(versions)
  if (!live) return listed
  if (listed !== undefined && !listed.includes('LIVE')) {
    throw new UsageError(
      `--versions ${versions} and --live contradict each other`,
      'Remove one of them.',
    )
  }
  return listed ?? ['LIVE']
}

function parseVersions(text: string): readonly Version[] {
  const words = text
    .toUpperCase()
    .split(',')
    .map((word) => word.trim())
  const isBoth = words.includes('BOTH')
  const known = (['DRAFT', 'LIVE'] as const).filter((version) => isBoth || words.includes(version))
  if (words.every((word) => word === 'BOTH' || word === 'DRAFT' || word === 'LIVE')) return known
  throw new UsageError(`--versions must be draft, live or draft,live, not "${text}"`)
}

/**
 * The tables as typed; undefined for none.
 *
 * @throws UsageError for a table with a profile, since all are of one bot
 */
export function readTables(written: readonly string[]): readonly TableChoice[] | undefined {
  if (written.length === 0) return undefined
  return written.map((text) => {
    const { profile, table, version } = parseTableReference(text)
    if (profile === undefined) return { table, version }
    throw new UsageError(
      `"${text}" names the profile "${profile}", but a backup contains one bot`,
      `If "${text}" is the whole name of a table, put a colon before it: :${text}`,
    )
  })
}
