/** Replaces references to environment variables in headers and query parameters. */
import { InvalidInputError } from '@chatlayer-tables/core'

type Environment = Readonly<Record<string, string | undefined>>

/** A text with its references replaced. */
export interface Expanded {
  readonly text: string
  /** The values that were inserted. They are secrets. */
  readonly inserted: readonly string[]
}

const REFERENCE = /\$(?:(\$)|\{([^}]*)(\}?)|([A-Za-z_][A-Za-z0-9_]*))/g
const WHOLE_REFERENCE = /^\$(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)$/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Replaces `$NAME` and `${NAME}` by the variable, and `$$` by `$`. Any other dollar sign is kept.
 *
 * @param place where the text is, such as `header X-Key`
 * @throws InvalidInputError naming a variable that is not set or is empty, never a value
 */
export function expand(text: string, environment: Environment, place: string): Expanded {
  const inserted: string[] = []
  const expanded = text.replace(REFERENCE, (whole, dollar, braced, close, bare) => {
    if (dollar !== undefined) return '$'
    const name: string = braced ?? bare
    if (!NAME.test(name) || (braced !== undefined && close === '')) {
      throw new InvalidInputError(
        `${place}: \${…} must contain the name of an environment variable`,
        {
          hint: 'Write a dollar sign itself as $$.',
        },
      )
    }
    const value = environment[name]?.trim()
    if (value === undefined || value === '') {
      throw new InvalidInputError(`${place}: the environment variable ${name} is not set`, {
        hint: `Set ${name}, or write ${whole.replace('$', '$$$$')} if that text itself is meant.`,
      })
    }
    inserted.push(value)
    return value
  })
  return { text: expanded, inserted }
}

/** Whether the text is one reference and nothing else, as it may be in the query of an address. */
export function isReference(text: string): boolean {
  return WHOLE_REFERENCE.test(text)
}
