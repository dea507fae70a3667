import { InvalidInputError } from '@chatlayer-tables/core'
import type { ProjectPlace } from './project-types.ts'

/** One thing that is wrong in a `chatlayer.yaml`. */
export interface ProjectProblem {
  readonly place: ProjectPlace
  readonly message: string
  readonly hint?: string | undefined
}

/** A `chatlayer.yaml` that cannot be used. The message lists its problems, one a line, with their hints. */
export class ProjectError extends InvalidInputError {
  readonly problems: readonly ProjectProblem[]

  constructor(problems: readonly ProjectProblem[]) {
    const [first, second] = problems
    const isOne = second === undefined
    const lines = problems.map(({ place, message, hint }) => {
      const more = hint === undefined || isOne ? '' : `. ${hint}`
      return `${placeText(place)}: ${message}${more}`
    })
    super(lines.join('\n'), { field: first?.place.path, hint: isOne ? first?.hint : undefined })
    this.problems = problems
  }
}

/** Such as `chatlayer.yaml:4:7 (syncs.stores.key)`. */
export function placeText({ file, line, column, path }: ProjectPlace): string {
  return `${file}:${line}:${column}${path === '' ? '' : ` (${path})`}`
}
