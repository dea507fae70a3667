/** The SQLite copies of this server's tables, restricted to what the operator allows. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonicalJson } from '@chatlayer-tables/core'
import type { Calculator, Mirrors, MirrorsOptions, Visibility } from '@chatlayer-tables/mirror'
import type { Catalog } from '../../policy/catalog.ts'
import type { Setup } from '../../session.ts'
import type { Settings } from '../../settings.ts'
import { stateFolderOf } from '../../state/server-state.ts'

export class ServerMirrors {
  readonly #setup: Setup
  readonly #catalog: Pick<Catalog, 'known'>
  #opened: Promise<Mirrors> | undefined

  /** @param catalog decides what is visible; it must have read the tables before a query runs */
  constructor(setup: Setup, catalog: Pick<Catalog, 'known'>) {
    this.#setup = setup
    this.#catalog = catalog
  }

  /** Loads the library at the first query: few servers need it. */
  open(): Promise<Mirrors> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  /** Computes values; shares its process with queries. */
  async calculator(): Promise<Calculator> {
    return (await this.open()).calculator
  }

  async close(): Promise<void> {
    const mirrors = await this.#opened?.catch(() => undefined)
    mirrors?.close()
  }

  async #open(): Promise<Mirrors> {
    const { openMirrors } = await import('@chatlayer-tables/mirror')
    const folder = join(await stateFolderOf(this.#setup), 'mirrors')
    return openMirrors({ folder, ...viewOf(this.#setup.settings, this.#catalog) })
  }
}

/**
 * The visibility rules of the mirrors. Only what the catalog lists is visible; a column that was added or
 * renamed since is hidden. Without rules, the server shares the mirrors of the command line.
 */
export function viewOf(
  { tables, hideColumns, maskColumns }: Pick<Settings, 'tables' | 'hideColumns' | 'maskColumns'>,
  catalog: Pick<Catalog, 'known'>,
): Pick<MirrorsOptions, 'view' | 'visible'> {
  if (tables === undefined && hideColumns.length === 0 && maskColumns.length === 0) return {}
  const visible: Visibility = ({ id }, column) => {
    const known = catalog.known(id)
    if (known === undefined) return 'hide'
    if (column === undefined) return 'show'
    if (known.table.columns.every(({ name }) => name !== column)) return 'hide'
    return known.masked.has(column) ? 'mask' : 'show'
  }
  const rules = canonicalJson([tables ?? null, hideColumns, maskColumns])
  return { visible, view: `mcp-${createHash('sha256').update(rules).digest('hex').slice(0, 16)}` }
}
