/** What a probe asks, in order: the question of each request, and its result. */
import { type FactId, messageForm, settingFact } from '@chatlayer-tables/contract'
import {
  AuthenticationError,
  ChatlayerError,
  ConnectionError,
  GatewayError,
  RateLimitedError,
  TimeoutError,
} from '../errors.ts'
import type { RawExchange } from '../send/raw-exchange.ts'
import { parseJson } from '../values/json.ts'
import { type Finding, notLearned, type SettingName } from './finding.ts'

/** The fact that a request is to show, or `contract` for a request that shows the response's form. */
export type ProbeQuestion = FactId | 'contract'

/** One attempt of a request of a probe. It holds values, see {@link RawExchange}. */
export interface ProbeExchange extends RawExchange {
  readonly question: ProbeQuestion
}

/** Receives everything that a probe sends, receives and learns, also when the probe fails later. */
export interface ProbeRecorder {
  /** A request and its response, when it ends. */
  onExchange(exchange: ProbeExchange): void
  /** A setting, learned or not, when it is decided. */
  onFinding(finding: Finding): void
}

/** After so many questions in a row that end in a 5xx, the gateway is down. */
const MAX_FAILURES = 3

export class Trail {
  readonly #recorder: ProbeRecorder | undefined
  #question: ProbeQuestion = 'contract'
  /** Questions in a row to which the gateway responded with a 5xx. */
  #failures = 0
  /** Calls so far, without retries. */
  requests = 0
  /** The forms of `message` in the errors so far. */
  readonly errorForms = new Set<'string' | 'array'>()

  constructor(recorder: ProbeRecorder | undefined) {
    this.#recorder = recorder
  }

  readonly onExchange = (exchange: RawExchange): void => {
    const { answer } = exchange
    if (typeof answer !== 'string' && answer.status >= 400) {
      const form = messageForm(jsonOrNothing(answer.text))
      if (form !== undefined) this.errorForms.add(form)
    }
    this.#recorder?.onExchange({ ...exchange, question: this.#question })
  }

  /**
   * The finding of a question. With a recorder, a question that the gateway answers in an unexpected
   * way ends without a finding, and the next one is asked; otherwise the error is thrown.
   */
  async learn(setting: SettingName, ask: () => Promise<Finding>): Promise<Finding> {
    this.#question = settingFact(setting)
    const failed = notLearned(setting, 'the gateway responded in an unexpected way')
    const finding = await this.orElse(failed, ask)
    this.#recorder?.onFinding(finding)
    this.#question = 'contract'
    return finding
  }

  /** The result; with a recorder the fallback after an unexpected response. */
  async orElse<T>(fallback: T, ask: () => Promise<T>): Promise<T> {
    try {
      const result = await ask()
      this.#failures = 0
      return result
    } catch (error) {
      this.#failures = error instanceof GatewayError ? this.#failures + 1 : 0
      const isDown = this.#failures === MAX_FAILURES
      if (this.#recorder === undefined || isDown || isFinal(error)) throw error
      return fallback
    }
  }

  /** Asks a question of a recorder's, whose result is in the exchanges. */
  async show(question: ProbeQuestion, ask: () => Promise<unknown>): Promise<void> {
    if (this.#recorder === undefined) return
    this.#question = question
    await this.orElse<unknown>(undefined, ask)
    this.#question = 'contract'
  }
}

/** Whether later requests would fail as well, or the error is not the gateway's. */
function isFinal(error: unknown): boolean {
  return (
    !(error instanceof ChatlayerError) ||
    error instanceof AuthenticationError ||
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof RateLimitedError
  )
}

function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
