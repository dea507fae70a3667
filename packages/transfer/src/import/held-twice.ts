/** Finds keys of the file that several records have, if their number is unexpected. */
import { ChatlayerError, type Table, type TableRecord } from '@chatlayer-tables/core'
import { valueText } from '../rows/row-problem.ts'
import type { HeldKey, ImportSettings, RunOptions } from './import-types.ts'
import type { InputFile } from './input-file.ts'
import { KeyPlan } from './key-plan.ts'
import { planRecords, planRows } from './make-plan.ts'

/** Maximum number of keys in the report. */
const MAX_NAMED = 20

/** None for an import without a key, and where the file or the table cannot be read now. */
export async function findHeldTwice(
  { mode, key }: ImportSettings,
  definition: Table,
  file: InputFile,
  { table, stop, signal }: RunOptions,
): Promise<HeldKey[]> {
  if (mode === 'insert' || key === undefined) return []
  try {
    const reader = await file.reader()
    const columns = reader.columns.map(({ name }) => name)
    using plan = new KeyPlan(key, columns, definition, file.source.inputKind)
    const watcher = {
      isStopping: stop?.aborted === true || signal?.aborted === true,
      read() {},
      reject() {},
      compared() {},
    }
    if (!(await planRows(plan, reader.rows(), watcher))) return []
    if (!(await planRecords(plan, table, signal, watcher))) return []
    const held = [...plan.heldTwice(MAX_NAMED)]
    const firsts = held.flatMap(({ ids }) => ids[0] ?? [])
    const records = new Map<string, TableRecord>()
    if (firsts.length > 0) {
      for await (const record of table.records({ where: { id: { in: firsts } } }, { signal })) {
        records.set(record.id, record)
      }
    }
    return held.map(({ ids, ...rest }) => {
      const values = records.get(ids[0] ?? '')?.values ?? {}
      const texts = key.map((name) => [name, valueText(values[name] ?? null)] as const)
      return { key: Object.fromEntries(texts), ids, ...rest }
    })
  } catch (error) {
    if (error instanceof ChatlayerError || signal?.aborted) return []
    throw error
  }
}
