import { InvalidInputError } from '@chatlayer-tables/core'
import type { ProjectPlace } from './project-types.ts'

/** One thing that is wrong in a `chatlayer.yaml`. */
export interface ProjectProblem {
  readonly place: ProjectPlace
  readonly message: string
  readonly hint?: string | undefined
}

/** A `chatlayer.yaml` that cannot be used. The message lists its problems, one a line. */
export class ProjectError extends InvalidInputError {
  readonly problems: readonly ProjectProblem[]

  constructor(problems: readonly ProjectProblem[]) {
    const lines = problems.map(({ place, message }) => `${placeText(place)}: ${message}`)
    super(lines.join('\n'), { field: problems[0]?.place.path, hint: problems[0]?.hint })
    this.problems = problems
  }
}

/** Such as `chatlayer.yaml:4:7 (syncs.stores.key)`. */
export function placeText({ file, line, column, path }: ProjectPlace): string {
  return `${file}:${line}:${column}${path === '' ? '' : ` (${path})`}`
}
