import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server'
import { QUESTION } from '../request-facts.ts'
import { visibleDeep } from '../result/untrusted.ts'

const MAX_SAMPLE_LENGTH = 300
const MAX_SAMPLES = 5

interface Question {
  /** Such as `delete 3 records of "stores" (DRAFT)`. */
  readonly action: string
  readonly samples: readonly unknown[]
  readonly note: string | undefined
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

function messageOf({ action, samples, note }: Question): string {
  const shown = samples.slice(0, MAX_SAMPLES).map((sample) => shorten(oneLine(sample)))
  return [
    `The assistant wants to ${oneLine(action).slice(1, -1).replaceAll('\\"', '"')}.`,
    ...(note === undefined ? [] : [`Its reason: ${shorten(oneLine(note))}`]),
    ...(shown.length > 0
      ? ['Some of the changes (values from the table, which may mislead):']
      : []),
    ...shown,
    ...(samples.length > MAX_SAMPLES ? ['…'] : []),
  ].join('\n')
}

/** JSON on one line, so that line ends in values cannot imitate lines of the question. */
function oneLine(value: unknown): string {
  return JSON.stringify(visibleDeep(value))
}

function shorten(text: string): string {
  return text.length > MAX_SAMPLE_LENGTH ? `${text.slice(0, MAX_SAMPLE_LENGTH)}…` : text
}
