/** Which versions of tables a backup or a restore is of. */
import { parseTableReference, type Version } from '@chatlayer-tables/core'
import type { TableChoice } from '@chatlayer-tables/transfer'
import { UsageError } from './failures.ts'

/**
 * What `--versions` and `--live` say; undefined when they say nothing.
 *
 * @throws UsageError for what is no version, and when the two do not agree
 */
export function readVersions({
  versions,
  live,
}: {
  readonly versions?: string
  readonly live: boolean
}): readonly Version[] | undefined {
  const said = versions === undefined ? undefined : parseVersions(versions)
  if (!live) return said
  if (said !== undefined && !said.includes('LIVE')) {
    throw new UsageError(`--versions ${versions} and --live do not agree`, 'Leave one of them out.')
  }
  return said ?? ['LIVE']
}

function parseVersions(text: string): readonly Version[] {
  const words = text
    .toUpperCase()
    .split(',')
    .map((word) => word.trim())
  const isBoth = words.includes('BOTH')
  const known = (['DRAFT', 'LIVE'] as const).filter((version) => isBoth || words.includes(version))
  if (words.every((word) => word === 'BOTH' || word === 'DRAFT' || word === 'LIVE')) return known
  throw new UsageError(`--versions takes draft, live, or both with a comma, not "${text}"`)
}

/**
 * Tables as they were written; undefined for none.
 *
 * @throws UsageError for one of a profile: all are of one bot
 */
export function readTables(written: readonly string[]): readonly TableChoice[] | undefined {
  if (written.length === 0) return undefined
  return written.map((text) => {
    const { profile, table, version } = parseTableReference(text)
    if (profile === undefined) return { table, version }
    throw new UsageError(
      `"${text}" names the profile "${profile}", and a backup is of one bot`,
      `If "${text}" is a table's whole name, write it with a colon in front: :${text}`,
    )
  })
}
