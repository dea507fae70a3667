import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server'
import { QUESTION } from '../request-facts.ts'
import { visibleDeep } from '../result/untrusted.ts'

const MAX_SAMPLE_LENGTH = 300
const MAX_SAMPLES = 5

interface Question {
  /** `delete 3 records of "stores" (DRAFT)`. */
  readonly does: string
  readonly samples: readonly unknown[]
  readonly note: string | undefined
}

/** Thrown by a write to be confirmed: the call answers with a question, and is repeated with its answer. */
export class AskUser extends Error {
  readonly #question: Question
  readonly #token: string

  constructor(question: Question, token: string) {
    super('the user is to be asked')
    this.name = 'AskUser'
    this.#question = question
    this.#token = token
  }

  /** The question on the wire; the token comes back with what the user said. */
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

function messageOf({ does, samples, note }: Question): string {
  const shown = samples.slice(0, MAX_SAMPLES).map((sample) => shorten(oneLine(sample)))
  return [
    `The assistant wants to ${oneLine(does).slice(1, -1).replaceAll('\\"', '"')}.`,
    ...(note === undefined ? [] : [`It says why: ${shorten(oneLine(note))}`]),
    ...(shown.length > 0 ? ['Of these (values from the table, which may mislead):'] : []),
    ...shown,
    ...(samples.length > MAX_SAMPLES ? ['…'] : []),
  ].join('\n')
}

/** As JSON, so that line ends in values do not look like our own lines. */
function oneLine(value: unknown): string {
  return JSON.stringify(visibleDeep(value))
}

function shorten(text: string): string {
  return text.length > MAX_SAMPLE_LENGTH ? `${text.slice(0, MAX_SAMPLE_LENGTH)}…` : text
}
