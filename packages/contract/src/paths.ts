/** A value that cannot be part of a URL's path. */
export class PathParameterError extends Error {
  override readonly name = 'PathParameterError'
  readonly parameter: string

  constructor(parameter: string, reason: string) {
    super(`${parameter} ${reason}`)
    this.parameter = parameter
  }
}

/**
 * Fills a path template. Every value is percent-encoded as one segment, so that no id can reach
 * another path; an empty value, `.` and `..` are rejected because a URL parser would resolve them.
 *
 * @throws PathParameterError
 */
export function fillPath(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '') throw new PathParameterError(name, 'is missing')
    if (value === '.' || value === '..') throw new PathParameterError(name, `cannot be "${value}"`)
    if (!value.isWellFormed()) throw new PathParameterError(name, 'is not well-formed Unicode')
    return encodeURIComponent(value)
  })
}
