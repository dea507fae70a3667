/** Questions to the user on a terminal, on stderr. */
import type { Context } from './context.ts'
import { Interrupted } from './failures.ts'
import { isPrintable, printable } from './printable.ts'

/** Whether questions can be asked at a terminal. */
export function canAsk({ io, err }: Pick<Context, 'io' | 'err'>): boolean {
  return io.stdin.isTTY === true && err.isTerminal
}

/** Returns the problem of an answer, or undefined. */
type Check = (answer: string) => string | undefined

/** @throws Interrupted */
export async function askText(
  context: Context,
  message: string,
  { initial, check }: { readonly initial?: string | undefined; readonly check?: Check },
): Promise<string> {
  const { text } = await import('@clack/prompts')
  const answer = await text({
    ...streams(context),
    message: printable(message),
    // An unprintable default is not offered: the user would confirm something other than what is shown.
    ...(initial === undefined || !isPrintable(initial) ? {} : { initialValue: initial }),
    validate: (typed = '') => shownProblem(checkText(typed, check)),
  })
  return answered(answer).trim()
}

/** Does not show what is typed. @throws Interrupted */
export async function askSecret(context: Context, message: string, check: Check): Promise<string> {
  const { password } = await import('@clack/prompts')
  const answer = await password({
    ...streams(context),
    message: printable(message),
    validate: (typed = '') => shownProblem(check(typed.trim())),
  })
  return answered(answer).trim()
}

/** @throws Interrupted */
export async function askChoice<T extends string>(
  context: Context,
  message: string,
  options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[],
  initial: T | undefined,
): Promise<T> {
  const { select } = await import('@clack/prompts')
  const answer = await select<string>({
    ...streams(context),
    message: printable(message),
    options: options.map(({ value, label, hint }) => ({
      value,
      label: printable(label),
      ...(hint === undefined ? {} : { hint: printable(hint) }),
    })),
    ...(initial === undefined ? {} : { initialValue: initial }),
  })
  const chosen = answered(answer)
  const option = options.find(({ value }) => value === chosen)
  if (option === undefined) throw new Error('the prompt returned an unknown option')
  return option.value
}

function streams({ io, err, stop }: Context) {
  return { input: io.stdin, output: err.forDrawing(), signal: stop }
}

function shownProblem(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : printable(problem)
}

function checkText(typed: string, check: Check | undefined): string | undefined {
  const answer = typed.trim()
  return answer === '' ? 'A value is required.' : check?.(answer)
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'symbol') throw new Interrupted()
  return answer
}
