/**
 * Prints what a report of `clt doctor --report` teaches: which facts can change their standing, which
 * schemas differ from the responses, and whether this version still reads it in the same way. Fails when
 * it does not.
 *
 * `node scripts/replay-report.mjs FILE`
 */
import { readFileSync } from 'node:fs'
import { lessonsOf, Report, replayReport } from '../packages/report/dist/index.js'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: node scripts/replay-report.mjs FILE')
const report = Report.parse(JSON.parse(readFileSync(file, 'utf8')))
const replay = await replayReport(report)
const again = { ...report, facts: [...replay.facts] }
const lessons = lessonsOf(again)

console.log(`made by ${report.made.by} at ${report.made.at}, gateway: ${report.gateway}`)
if (report.failure !== undefined) console.log(`it ended early: ${report.failure}`)
print('Facts that it shows', lessons.facts)
print('Schemas that differ from responses', lessons.schemas)
print('Fields that no schema declares', lessons.fields)
print('Facts that stay open', [lessons.open.join(', ')])

if (replay.divergedAt !== undefined) {
  console.log(
    `\nThis version asks something else than exchange ${replay.divergedAt}: facts after it are not shown.`,
  )
  print('Facts as the report states them', lessonsOf(report).facts)
}
const changed = report.exchanges.filter(
  ({ verdict }, at) => JSON.stringify(verdict) !== JSON.stringify(replay.verdicts[at]),
)
print(
  'Responses that this version judges otherwise',
  changed.map(({ number, operation }) => `${number} (${operation})`),
)
if (changed.length > 0 || replay.divergedAt !== undefined) process.exitCode = 1

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function print(title, lines) {
  console.log(`\n${title}: ${lines.length === 0 ? 'none' : ''}`.trimEnd())
  for (const line of lines) console.log(`- ${line}`)
}
