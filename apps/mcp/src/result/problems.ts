import { cutToTokens, fitItems } from './budget.ts'

/** Problems listed at most; hundreds of problems have few causes. */
export const MAX_PROBLEMS = 50
const LIST_TOKENS = 1_500
const REASON_TOKENS = 150

/** The leading problems that fit into a result, with long reasons cut. */
export function fitProblems<Problem extends { readonly reason: string }>(
  problems: readonly Problem[],
): Problem[] {
  const cut = problems
    .slice(0, MAX_PROBLEMS)
    .map((problem) => ({ ...problem, reason: cutToTokens(problem.reason, REASON_TOKENS) }))
  return [...fitItems(cut, LIST_TOKENS).items]
}
