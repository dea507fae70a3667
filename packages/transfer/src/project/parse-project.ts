import type { ParseOptions, Project } from './project-types.ts'

/**
 * Reads the text of a `chatlayer.yaml`.
 *
 * @throws ProjectError with all problems found, each with file, line and column
 */
export function parseProject(_text: string, _options: ParseOptions): Project {
  throw new Error('not built yet')
}
