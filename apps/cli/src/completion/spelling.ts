/**
 * Names as the commands' own syntax takes them: each is read back by what reads it on the command
 * line, so that nothing is offered that would then be refused, or mean something else.
 */
import { parseTableReference } from '@chatlayer-tables/core'
import { sideKind } from '../sides.ts'
import { parseColumns, parseSort, parseWhere, quoteName } from '../where.ts'

/**
 * @param before a profile with its colon, the colon alone that marks a name, or nothing
 * @param version with its `@`, or nothing
 */
export function spellTable(
  name: string,
  { before, version, isSide }: { before: string; version: string; isSide: boolean },
): string | undefined {
  const profile = before.replace(/:$/, '') || undefined
  // One that begins with a hyphen would be an option.
  const plain = name.startsWith('-') ? [] : [name]
  const ways = before === '' ? [...plain, `:${name}`] : [`${before}${name}`]
  return ways
    .map((way) => way + version)
    .find((text) => {
      const read = attempt(() => parseTableReference(text))
      if (read === undefined || read.table !== name || read.profile !== profile) return false
      if ((read.version === undefined) !== (version === '')) return false
      return !isSide || sideKind(text) === 'table'
    })
}

/** How an option takes columns. */
export type ColumnSyntax = 'list' | 'plain list' | 'condition' | 'sort' | 'assignment' | 'name'

/** @param before the entries of a list that stand already, with their comma */
export function spellColumn(name: string, syntax: ColumnSyntax, before = ''): string | undefined {
  switch (syntax) {
    case 'name':
      return name === '' ? undefined : name
    case 'assignment':
      return name === '' || name.includes('=') ? undefined : name
    case 'plain list':
      return name === '' || name.includes(',') ? undefined : before + name
    case 'list':
      return ways(name, before).find((text) => attempt(() => parseColumns(text))?.at(-1) === name)
    case 'sort':
      return ways(name, before).find((text) => isSame(() => sorted(text), name))
    case 'condition':
      return ways(name).find((text) =>
        isSame(() => Object.keys(parseWhere(`${text} = x`))[0], name),
      )
  }
}

function sorted(text: string): string | undefined {
  const last = parseSort(text).at(-1)
  return typeof last === 'object' ? last.column : last
}

function ways(name: string, before = ''): string[] {
  return [before + name, before + quoteName(name)]
}

/** Whether the column is meant that is called so, and not a part of the record itself. */
function isSame(read: () => string | undefined, name: string): boolean {
  const found = attempt(read)
  return found !== undefined && found === Object.keys(parseWhere(`${quoteName(name)} = x`))[0]
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
