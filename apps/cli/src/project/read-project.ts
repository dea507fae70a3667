/** Reads `chatlayer.yaml`, and reports what is wrong in it. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readSmallFile, SmallFileError } from '@chatlayer-tables/local'
import {
  type ParseOptions,
  type Project,
  ProjectError,
  parseProject,
  placeText,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import type { ProjectFileFlags } from '../options/project.ts'
import { plural } from '../output/progress.ts'

/** A file of this size is not a `chatlayer.yaml`. */
const MAX_BYTES = 1_000_000

/** @throws UsageError if there is no such file or it is not valid; each problem is reported */
export async function readProject(
  { file, overlay }: ProjectFileFlags,
  context: Context,
): Promise<Project> {
  const project = await parseText(await readProjectText(file), { file, overlay }, context)
  context.state.useProject(file, project.state)
  return project
}

/**
 * @param options `read` is for files that are not next to the file, and `keepMissing` for a project that
 *   another machine applies
 * @throws UsageError if the text is not valid; each problem is reported
 */
export async function parseText(
  text: string,
  options: Omit<ParseOptions, 'env'>,
  context: Pick<Context, 'io' | 'messages'>,
): Promise<Project> {
  const { file } = options
  const read = (path: string): string | undefined => readIfThere(resolve(dirname(file), path))
  try {
    return parseProject(text, { read, ...options, env: context.io.env })
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error
    throw await reported(error, file, context)
  }
}

/** @throws UsageError if there is no such file */
export async function readProjectText(file: string): Promise<string> {
  try {
    return await readSmallFile(file, { maxBytes: MAX_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    if (error.problem !== 'missing') {
      throw new UsageError(`cannot read ${file}: ${error.message}`)
    }
    throw new UsageError(
      `there is no file ${file}`,
      'To write a first one, run: clt init. For another file, pass --file.',
    )
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Reports all problems but the last, which is the error to throw. */
async function reported(
  { problems }: ProjectError,
  file: string,
  { messages }: Pick<Context, 'messages'>,
): Promise<UsageError> {
  const [first] = problems
  if (problems.length === 1 && first !== undefined) {
    return new UsageError(`${placeText(first.place)}: ${first.message}`, first.hint)
  }
  for (const { place, message, hint } of problems) {
    await messages.failure({ message: `${placeText(place)}: ${message}`, hint })
  }
  return new UsageError(
    `${file} has ${plural(problems.length, 'error')}; nothing was read or written`,
  )
}
