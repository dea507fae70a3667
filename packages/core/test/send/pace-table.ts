/**
 * Prints what the gate reaches in each case of the simulation.
 *
 *     node test/send/pace-table.ts [--against path/to/another/gate.ts] [--missed] [part of a name]
 */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { paceCases } from './pace-cases.ts'
import { measure, missed } from './pace-goals.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, missed: { type: 'boolean' } },
})
const other =
  values.against === undefined
    ? undefined
    : (await import(String(pathToFileURL(values.against)))).Gate

const groups = new Map<string, number[]>()
for (const each of paceCases()) {
  const title = `${each.group}: ${each.name}`
  if (!positionals.every((part) => title.includes(part))) continue
  const now = measure(each)
  const before = other === undefined ? undefined : measure(each, other)
  const misses = missed(each, now)
  const sums = groups.get(each.group) ?? [0, 0, 0, 0, 0, 0, 0, 0]
  groups.set(each.group, sums)
  const figures = [1, Number(misses.length === 0), now.all, now.late, now.throttled]
  if (before !== undefined) figures.push(before.all, before.late, before.throttled)
  for (const [n, figure] of figures.entries()) sums[n] = (sums[n] ?? 0) + figure
  if (values.missed === true && misses.length === 0) continue
  console.log(
    `${title.padEnd(62)} ${row(now)}${before === undefined ? '' : `  was ${row(before)}`}  ${misses.join(' ')}`,
  )
}
console.log('\nmeans: all / late / refused')
for (const [group, [count = 1, met, ...sums]] of groups) {
  const [all = 0, late = 0, throttled = 0, ...rest] = sums.map((sum) => sum / count)
  const was = { all: rest[0] ?? 0, late: rest[1] ?? 0, throttled: rest[2] ?? 0 }
  console.log(
    `${group.padEnd(20)} ${String(met).padStart(4)} of ${String(count).padStart(4)} ${row({ all, late, throttled })}${other === undefined ? '' : `  was ${row(was)}`}`,
  )
}

function row(figures: Pick<ReturnType<typeof measure>, 'all' | 'late' | 'throttled'>): string {
  const percent = (part: number) => (part * 100).toFixed(1).padStart(6)
  return `${percent(figures.all)} ${percent(figures.late)} ${percent(figures.throttled)}`
}
