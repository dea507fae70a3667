/** Names of files in the archive: safe in every file system, for any name of a table. */
import type { Version } from '@chatlayer-tables/core'

const MAX_NAME_LENGTH = 40

/**
 * What the files of a table begin with: its number, which alone identifies the table, and as much of
 * its name as is letters and digits of ASCII, so that a person finds it.
 *
 * @param index from 0
 */
export function tableStem(index: number, name: string): string {
  const number = String(index + 1).padStart(4, '0')
  const plain = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  const slug = plain
    .replace(/[^a-z\d]+/g, '-')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/^-+|-+$/g, '')
  return slug === '' ? number : `${number}-${slug}`
}

export function definitionPath(stem: string): string {
  return `tables/${stem}.json`
}

export function recordsPath(stem: string, version: Version): string {
  return `records/${stem}.${version.toLowerCase()}.ndjson`
}
