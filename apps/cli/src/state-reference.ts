/** The profile whose state a command uses, by the table that it writes. */
import { InvalidInputError, parseTableReference } from '@chatlayer-tables/core'
import { argumentName } from './command-tree.ts'
import type { CommandDefinition, Completes, ParsedValues } from './define-command.ts'
import { sideKind } from './side-kind.ts'

const TABLES: readonly (Completes | undefined)[] = ['table', 'bot table', 'side']

/** The profile before the colon of the last table among the arguments: it is the one that is written. */
export function stateReference(
  { arguments: definitions = [], parsesItself }: CommandDefinition,
  values: ParsedValues,
): string | undefined {
  if (parsesItself) return undefined
  const texts = definitions
    .filter(({ completes }) => TABLES.includes(completes))
    .flatMap((definition) => values[argumentName(definition)] ?? [])
    .filter((text) => typeof text === 'string')
  const table = texts.findLast((text) => sideKind(text) === 'table')
  try {
    return table === undefined ? undefined : parseTableReference(table).profile
  } catch (error) {
    // The command reports it.
    if (error instanceof InvalidInputError) return undefined
    throw error
  }
}
