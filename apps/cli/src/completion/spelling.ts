/**
 * Names in the syntax of the commands. Each is parsed back by the parser of the command line, so that no
 * candidate would be rejected or read differently.
 */
import { parseTableReference } from '@chatlayer-tables/core'
import { sideKind } from '../side-kind.ts'
import {
  fieldInQuery,
  parseColumns,
  parseFields,
  parseSort,
  parseWhere,
  quoteName,
} from '../where.ts'

/**
 * @param before a profile and its colon, a single colon, or empty
 * @param version a version with its `@`, or empty
 */
export function spellTable(
  name: string,
  { before, version, isSide }: { before: string; version: string; isSide: boolean },
): string | undefined {
  const profile = before.replace(/:$/, '') || undefined
  // A name with a leading hyphen would be read as an option.
  const plain = name.startsWith('-') ? [] : [name]
  const spellings = before === '' ? [...plain, `:${name}`] : [`${before}${name}`]
  return spellings
    .map((spelling) => spelling + version)
    .find((text) => {
      const read = attempt(() => parseTableReference(text))
      if (read === undefined || read.table !== name || read.profile !== profile) return false
      if ((read.version === undefined) !== (version === '')) return false
      return !isSide || sideKind(text) === 'table'
    })
}

/** The syntax in which an option takes columns. */
export type ColumnSyntax =
  | 'fields'
  | 'list'
  | 'plain list'
  | 'condition'
  | 'sort'
  | 'assignment'
  | 'name'

/** @param before the previous entries of a list, with their comma */
export function spellColumn(name: string, syntax: ColumnSyntax, before = ''): string | undefined {
  switch (syntax) {
    case 'name':
      return name === '' ? undefined : name
    case 'assignment':
      return name === '' || name.includes('=') ? undefined : name
    case 'plain list':
      return name === '' || name.includes(',') ? undefined : before + name
    case 'list':
      return spellings(name, before).find(
        (text) => attempt(() => parseColumns(text))?.at(-1) === name,
      )
    case 'fields':
      return spellings(name, before).find((text) => isSame(() => selected(text), name))
    case 'sort':
      return spellings(name, before).find((text) => isSame(() => sorted(text), name))
    case 'condition':
      return spellings(name).find((text) =>
        isSame(() => Object.keys(parseWhere(`${text} = x`))[0], name),
      )
  }
}

function selected(text: string): string | undefined {
  const last = parseFields(text).at(-1)
  return last === undefined ? undefined : fieldInQuery(last)
}

function sorted(text: string): string | undefined {
  const last = parseSort(text).at(-1)
  return typeof last === 'object' ? last.column : last
}

function spellings(name: string, before = ''): string[] {
  return [before + name, before + quoteName(name)]
}

/** Whether a text is read as the column of this name, and not as one of the record's own fields. */
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
