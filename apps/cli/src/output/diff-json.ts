/** `--json` output of differences. */
import { type Column, stringifyJson, type Values } from '@chatlayer-tables/core'
import type { Comparison, Difference } from '@chatlayer-tables/transfer'
import type { Writer } from './writer.ts'

/** Streams one JSON document. */
export async function writeDiffJson(
  out: Writer,
  comparison: Comparison,
  isSummary: boolean,
): Promise<void> {
  const { a, b, key = null, columns, counts } = comparison
  const fields = Object.fromEntries(await comparison.changedColumns())
  const head = stringifyJson({ a, b, key, columns, summary: { ...counts, fields } })
  if (isSummary) {
    await out.write(`${head}\n`)
    return
  }
  await out.write(`${head.slice(0, -1)},"changes":[`)
  let separator = '\n'
  for (const difference of comparison.differences()) {
    await out.write(`${separator}${stringifyJson(changeJson(difference, comparison))}`)
    separator = ',\n'
  }
  await out.write(separator === '\n' ? ']}\n' : '\n]}\n')
}

/** A difference in `--json` output, here and in the plan of a sync. */
export function changeJson(
  difference: Difference,
  {
    key,
    columns,
  }: { readonly key: readonly string[] | undefined; readonly columns: readonly Column[] },
): object {
  const pick = (values: Values, names: readonly string[]): Values =>
    Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
  const names = columns.map(({ name }) => name)
  const { change } = difference
  if (change !== 'changed') {
    const { values, ...places } = difference
    const keyed = key === undefined ? {} : { key: pick(values, key) }
    return { ...places, ...keyed, values: pick(values, names) }
  }
  const { before, after, fields, a, b } = difference
  const changes = fields.map((name) => [
    name,
    { before: before[name] ?? null, after: after[name] ?? null },
  ])
  return { change, a, b, key: pick(before, key ?? []), fields: Object.fromEntries(changes) }
}
