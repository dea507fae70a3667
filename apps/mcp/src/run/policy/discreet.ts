/** Keeps names of hidden columns out of words that are not our own. */
import type { Problem } from '../../answer/failure.ts'
import { ToolFailure } from '../../answer/failure.ts'

const WITHHELD = 'The gateway refused it, in words that name what this server does not show.'

/**
 * The failure, without words of the gateway that name something hidden. What the caller said himself
 * is no news to him.
 */
export function discreetFailure(
  failure: ToolFailure,
  hidden: readonly string[],
  args: unknown,
): ToolFailure {
  const { code, message, details, quotesGateway } = failure
  const secret = secrets(hidden, args)
  if (!quotesGateway || secret.length === 0) return failure
  const { hint, problems } = details
  return new ToolFailure(
    code,
    names(`${message} ${hint ?? ''}`, secret) ? WITHHELD : message,
    {
      ...details,
      hint: hint !== undefined && names(hint, secret) ? undefined : hint,
      ...(problems === undefined ? {} : { problems: discreetProblems(problems, hidden, args) }),
    },
    true,
  )
}

export function discreetProblems(
  problems: readonly Problem[],
  hidden: readonly string[],
  args: unknown,
): Problem[] {
  const secret = secrets(hidden, args)
  return problems.map((problem) =>
    names(problem.reason, secret) ? { ...problem, reason: WITHHELD } : problem,
  )
}

/** Words that may quote the gateway, unless they name something hidden. */
export function discreetText(text: string, hidden: readonly string[]): string {
  return names(text, hidden) ? WITHHELD : text
}

function secrets(hidden: readonly string[], args: unknown): string[] {
  const said = JSON.stringify(args ?? null)
  return hidden.filter((name) => !said.includes(JSON.stringify(name).slice(1, -1)))
}

/** As a word of its own: a column `id` is not named by "invalid". */
function names(text: string, secret: readonly string[]): boolean {
  return secret.some((name) => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const before = text.slice(0, at).at(-1) ?? ' '
      const after = text.charAt(at + name.length) || ' '
      if (!/[\p{L}\p{N}_]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return true
    }
    return false
  })
}
