import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server'
import { QUESTION } from '../request-facts.ts'
import { visibleDeep } from '../result/untrusted.ts'

const MAX_LINE_LENGTH = 300
const MAX_LINES = 30

interface Question {
  /** Such as `delete 3 records of "stores" (DRAFT)`. */
  readonly action: string
  /** A sentence on other writes of the caller. */
  readonly recent: string | undefined
  readonly note: string | undefined
  /** The preview, each line without line ends. */
  readonly preview: readonly string[]
}

/** Thrown by a write that needs confirmation: the call returns a question, and is repeated with the answer. */
export class AskUser extends Error {
  readonly #question: Question
  readonly #token: string

  constructor(question: Question, token: string) {
    super('confirmation required')
    this.name = 'AskUser'
    this.#question = question
    this.#token = token
  }

  /** The question for the client; the token comes back with the user's answer. */
  result(): InputRequiredResult {
    return inputRequired({
      requestState: this.#token,
      inputRequests: {
        [QUESTION]: inputRequired.elicit({
          message: messageOf(this.#question),
          requestedSchema: {
            type: 'object',
            properties: { confirm: { type: 'boolean', title: 'Yes, do this', default: false } },
            required: ['confirm'],
          },
        }),
      },
    })
  }
}

function messageOf({ action, recent, note, preview }: Question): string {
  const shown = preview.slice(0, MAX_LINES).map(shorten)
  return [
    `The assistant wants to ${oneLine(action).slice(1, -1).replaceAll('\\"', '"')}.`,
    ...(recent === undefined ? [] : [recent]),
    ...(note === undefined ? [] : [`Its reason: ${shorten(oneLine(note))}`]),
    ...(shown.length > 0 ? ['The changes (values from the table, which may mislead):'] : []),
    ...shown,
    ...(preview.length > MAX_LINES ? ['…'] : []),
  ].join('\n')
}

/** JSON on one line, so that line ends in values cannot imitate lines of the question. */
function oneLine(value: unknown): string {
  return JSON.stringify(visibleDeep(value))
}

function shorten(text: string): string {
  return text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text
}
