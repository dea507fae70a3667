/** Conditions of a query, and the values of its parameters. */

export class Conditions {
  readonly values: unknown[] = []
  readonly #texts: string[] = []

  /** @param text with a question mark for each value */
  add(text: string, ...values: unknown[]): void {
    this.#texts.push(text.replaceAll('?', () => this.parameter(values.shift())))
  }

  /** @returns the name of a parameter with this value */
  parameter(value: unknown): string {
    return `$${this.values.push(value)}`
  }

  get text(): string {
    return this.#texts.join(' and ') || 'true'
  }
}

interface Page {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

export function limits(conditions: Conditions, { limit, offset }: Page): string {
  const parts: string[] = []
  if (limit !== undefined) parts.push(`limit ${conditions.parameter(limit)}`)
  if (offset !== undefined) parts.push(`offset ${conditions.parameter(offset)}`)
  return parts.join(' ')
}
