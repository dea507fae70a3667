/** References to the environment in texts of `chatlayer.yaml`. */

type Environment = Readonly<Record<string, string | undefined>>

/** `$${NAME}` is the text `${NAME}`. */
const REFERENCE = /(\$)?\$\{([^}]*)\}/g

const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

export interface Expansion {
  readonly text: string
  /** Names of variables that are not set and have no default. */
  readonly missing: readonly string[]
  /** What stands between braces without being a reference. */
  readonly invalid: readonly string[]
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` by the variable, once: what comes from the environment is
 * not searched again. The default is for a variable that is not set, or empty.
 */
export function expandReferences(text: string, env: Environment): Expansion {
  const missing: string[] = []
  const invalid: string[] = []
  const expanded = text.replace(REFERENCE, (whole, escaped: string | undefined, inside: string) => {
    if (escaped !== undefined) return whole.slice(1)
    const [, name, fallback] = INSIDE.exec(inside) ?? []
    if (name === undefined) {
      invalid.push(inside)
      return whole
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback === undefined) missing.push(name)
    return fallback ?? ''
  })
  return { text: expanded, missing, invalid }
}

/** A text with the defaults of its references in their place, and these defaults. */
export function literalsOf(text: string): { readonly rest: string; readonly defaults: string[] } {
  const defaults: string[] = []
  const rest = text.replace(REFERENCE, (whole, escaped: string | undefined, inside: string) => {
    if (escaped !== undefined) return whole.slice(1)
    const fallback = INSIDE.exec(inside)?.[2]
    if (fallback !== undefined && fallback !== '') defaults.push(fallback)
    return fallback ?? ''
  })
  return { rest, defaults }
}

export function hasReference(text: string): boolean {
  return [...text.matchAll(REFERENCE)].some(([, escaped]) => escaped === undefined)
}
