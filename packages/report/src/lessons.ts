/** What a report teaches a maintainer. */
import type { Report } from './format.ts'

export interface Lessons {
  /** Facts whose standing can change, each with what to do. */
  readonly facts: readonly string[]
  /** Schemas that differ from responses. */
  readonly schemas: readonly string[]
  readonly fields: readonly string[]
  /** Ids of facts that are still open. */
  readonly open: readonly string[]
}

export function lessonsOf(report: Report): Lessons {
  const seen = report.facts.filter(({ result }) => result !== 'not seen')
  return {
    facts: seen.map(
      ({ id, standing, result, found, evidence, exchanges }) =>
        `${id} (${standing}): ${result}${found === undefined ? '' : `: ${found}`}; ${evidence}${place(exchanges)}`,
    ),
    schemas: schemaLessons(report),
    fields: report.unexpectedFields.map(
      ({ operation, at, name, type, exchanges }) =>
        `${operation}: ${at === '' ? 'the body' : at} has the field ${name} (${type})${place(exchanges)}`,
    ),
    open: report.facts.filter(({ result }) => result === 'not seen').map(({ id }) => id),
  }
}

function place(exchanges: readonly number[]): string {
  return exchanges.length === 0
    ? ''
    : ` [${exchanges.slice(0, 5).join(', ')}${exchanges.length > 5 ? ', …' : ''}]`
}

function schemaLessons({ exchanges }: Report): string[] {
  const lessons = new Map<string, number[]>()
  for (const { number, verdict } of exchanges) {
    if (verdict === undefined || verdict.declared === 'fits') continue
    const { read } = verdict
    const isRead = read === undefined || read === 'fits'
    for (const { at, expected, received } of verdict.declared) {
      const where = at === '' ? 'the body' : at.replace(/\b\d+\b/g, '*')
      const what = `${verdict.schema ?? 'no schema'}: ${where}: expected ${expected}, received ${received}${isRead ? '' : ' (a client does not read it)'}`
      lessons.set(what, [...(lessons.get(what) ?? []), number])
    }
  }
  return [...lessons].map(([what, numbers]) => what + place(numbers))
}
