/** YAML of `chatlayer.yaml`. Names of tables and columns are data, so the library quotes them. */
import { parseTableReference } from '@chatlayer-tables/core'
import { stringify } from 'yaml'

/** A value on one line, such as `{ code: text }`. */
export function flow(value: unknown): string {
  const options = { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true } as const
  return stringify(value, options).trimEnd()
}

/** A map over several lines, indented. */
export function block(value: object, indent = 0): string[] {
  const lines = stringify(value, { lineWidth: 0 }).trimEnd().split('\n')
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`))
}

/** A table's name as a reference: with a leading colon where it would be read as more than a name. */
export function asReference(name: string): string {
  try {
    const { table, profile, version } = parseTableReference(name)
    if (table === name && profile === undefined && version === undefined) return name
  } catch {
    // Not a reference at all.
  }
  return `:${name}`
}
