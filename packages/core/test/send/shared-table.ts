/**
 * Prints what clients that divide a limit reach in the simulation, and what they reach without dividing
 * it: the worst of five runs each.
 *
 *     node test/send/shared-table.ts [part of a name]
 */
import { measureShared, sharedCases } from './shared-cases.ts'

const SEEDS = [1, 2, 3, 4, 5]

console.log(`${' '.repeat(36)}whole run  later  refused  fairness    without sharing`)
for (const each of sharedCases()) {
  if (!process.argv.slice(2).every((part) => each.name.includes(part))) continue
  for (const count of [1, 2, 4, 8]) {
    const name = `${each.name} × ${count}`
    const row = (isShared: boolean) => {
      const runs = SEEDS.map((seed) => measureShared(each, count, seed, isShared))
      const least = (key: keyof (typeof runs)[number]) => Math.min(...runs.map((run) => run[key]))
      const refused = Math.max(...runs.map((run) => run.refused))
      return `${percent(least('all'))} ${percent(least('late'))} ${percent(refused)}    ${least('fairness').toFixed(3)}`
    }
    console.log(`${name.padEnd(36)} ${row(true)}   ${row(false)}`)
  }
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`.padStart(7)
}
