/**
 * What is inferred or unknown about the gateway, as a list: the settings of the dialect, what is
 * assumed without a setting, and open questions. A report of `probe` says of each fact what a gateway
 * showed, so that a standing can change.
 */
import { type Dialect, type DialectSetting, dialectSettings } from './dialect.ts'
import type { Standing } from './standing.ts'

export interface Fact {
  readonly id: FactId
  /** `I`: it can be confirmed or contradicted. `U`: it can be answered. */
  readonly standing: Extract<Standing, 'I' | 'U'>
  readonly text: string
  /** What shows it: reads, writes to a scratch table, a response that may or may not come, or nothing. */
  readonly shownBy: 'read' | 'write' | 'chance' | 'nothing'
}

type Stated = Omit<Fact, 'id'>

/**
 * Assumptions without an alternative that could be sent. They follow from the shape of the body; a
 * gateway that violates one needs a new contract, not a setting.
 */
const assumed = {
  'insert-one-record': {
    standing: 'I',
    text: 'INSERT takes one record per call: `fields` describes one record.',
    shownBy: 'write',
  },
  'filters-select': {
    standing: 'I',
    text: 'In UPDATE `filters` select the records and `fields` are written; in DELETE `filters` select the records.',
    shownBy: 'write',
  },
  'no-other-operator': {
    standing: 'I',
    text: 'There is no OR, no not-equal, no contains and no null test on the wire.',
    shownBy: 'read',
  },
  'definition-per-bot': {
    standing: 'I',
    text: 'A table’s definition is per bot, not per version.',
    shownBy: 'read',
  },
  'postgres-types': {
    standing: 'I',
    text: 'Column types have the same meaning as in PostgreSQL.',
    shownBy: 'read',
  },
  'column-type-names': {
    standing: 'I',
    text: 'The type of a column is one of the types of the action body, or PostgreSQL’s other name for one.',
    shownBy: 'read',
  },
  'record-id-uuid': {
    standing: 'I',
    text: 'The id of a record is a UUID.',
    shownBy: 'read',
  },
} as const satisfies Record<string, Stated>

const open = {
  'page-order': {
    standing: 'U',
    text: 'What records are ordered by when a page is read.',
    shownBy: 'read',
  },
  'delete-answer': {
    standing: 'U',
    text: 'What the response to DELETE contains.',
    shownBy: 'write',
  },
  'rate-limit-headers': {
    standing: 'U',
    text: 'Which headers about a rate limit a response has.',
    shownBy: 'read',
  },
  'error-403': { standing: 'U', text: 'The body of a 403.', shownBy: 'chance' },
  'error-404': { standing: 'U', text: 'What a table that does not exist gets.', shownBy: 'read' },
  'error-409': { standing: 'U', text: 'The body of a 409.', shownBy: 'chance' },
  'error-422': { standing: 'U', text: 'The body of a 422.', shownBy: 'chance' },
  'error-429': { standing: 'U', text: 'The body of a 429.', shownBy: 'chance' },
  'error-5xx': { standing: 'U', text: 'The body of a 5xx.', shownBy: 'chance' },
  'payload-limit': {
    standing: 'U',
    text: 'The largest request that the gateway accepts.',
    shownBy: 'nothing',
  },
  'team-id-place': {
    standing: 'U',
    text: 'Where the web app shows the team’s id.',
    shownBy: 'nothing',
  },
  'publishing-copies': {
    standing: 'U',
    text: 'Whether publishing a bot copies records from DRAFT to LIVE.',
    shownBy: 'nothing',
  },
} as const satisfies Record<string, Stated>

export type FactId = keyof typeof assumed | keyof typeof open | `dialect.${keyof Dialect}`

export const assumptions: readonly Fact[] = listed(assumed)
export const openQuestions: readonly Fact[] = listed(open)

/** The fact of each setting whose standing is not settled. */
const settingFacts: readonly Fact[] = Object.entries<DialectSetting>(dialectSettings).flatMap(
  ([name, { standing, about, learnedBy }]) =>
    standing === 'S'
      ? []
      : [{ id: settingFact(name as keyof Dialect), standing, text: about, shownBy: learnedBy }],
)

/** Every inferred and every unknown fact. */
export const facts: readonly Fact[] = [...settingFacts, ...assumptions, ...openQuestions]

export function settingFact<K extends keyof Dialect>(setting: K): `dialect.${K}` {
  return `dialect.${setting}`
}

function listed(group: Readonly<Record<string, Stated>>): Fact[] {
  return Object.entries(group).map(([id, fact]) => ({ id: id as FactId, ...fact }))
}
