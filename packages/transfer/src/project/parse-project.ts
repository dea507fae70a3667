/** Reads `chatlayer.yaml`. */
import { buildProject } from './build-project.ts'
import { checkProject } from './check-project.ts'
import { problemsOf } from './explain-issues.ts'
import { ProjectError, type ProjectProblem } from './project-error.ts'
import { PROJECT_SCHEMA } from './project-schema.ts'
import { digestOf, expandTree, includeSchema, readTree } from './project-tree.ts'
import type { ParseOptions, Project } from './project-types.ts'
import { plainOf } from './yaml-tree.ts'

/**
 * Reads the text of a `chatlayer.yaml`, with an overlay and what it includes.
 *
 * @throws ProjectError with all problems found, each with file, line and column
 */
export function parseProject(text: string, options: ParseOptions): Project {
  const raw = includeSchema(readTree(text, options), options)
  const { tree, problems } = expandTree(raw, options)
  rejectProblems([...problems, ...problemsOf(PROJECT_SCHEMA, tree)])
  const data = PROJECT_SCHEMA.parse(plainOf(tree))
  rejectProblems(checkProject(data, tree, raw))
  const { file, overlay } = options
  return { file, overlay, ...buildProject(data, tree, raw), digest: digestOf(raw) }
}

/** @throws ProjectError with the problems in the order of the text */
function rejectProblems(problems: readonly ProjectProblem[]): void {
  if (problems.length === 0) return
  const sorted = problems.toSorted(
    ({ place: a }, { place: b }) =>
      Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column,
  )
  throw new ProjectError(sorted)
}
