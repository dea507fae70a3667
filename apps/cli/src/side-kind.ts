/** Parses what was typed for a side: a table, a file, or an address. */
import { existsSync, statSync } from 'node:fs'
import { READ_ENDINGS } from '@chatlayer-tables/files/formats'
import { addressKind } from '@chatlayer-tables/sources/address'
import { readSavedReference } from './connections/saved-address.ts'

export type SideKind = 'table' | 'file' | 'address'

const FILE_NAME = new RegExp(`\\.(?:${READ_ENDINGS.join('|')}|txt|gz)$`, 'i')

/**
 * An address of a database or an HTTP API is one, whatever follows. A name that ends in `@draft` or `@live`, or has a leading colon, is a table. A name that contains a path
 * separator, has the ending of a file or is the name of an existing file is a file. Any other is a table.
 */
export function sideKind(text: string, isFile: (path: string) => boolean = isFileThere): SideKind {
  if (text === '-') return 'file'
  if (isAddress(text)) return 'address'
  if (/^(?:[a-z]:|\.{0,2})[/\\]/i.test(text)) return 'file'
  if (text.startsWith(':') || /@(draft|live)$/i.test(text)) return 'table'
  if (/[/\\]/.test(text) || isFileName(text)) return 'file'
  return isFile(text) ? 'file' : 'table'
}

/** Whether a name has the ending of a format, of a text file or of a compressed file. */
function isFileName(text: string): boolean {
  return FILE_NAME.test(text)
}

export function isFileThere(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory()
}

/** Whether a text is an address of a database or an HTTP API, or refers to a saved one. */
export function isAddress(text: string): boolean {
  return addressKind(text) !== undefined || readSavedReference(text) !== undefined
}
