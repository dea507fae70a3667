/** Collects all errors of a row: the reader and the client each stop at their first. */
import {
  type ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  type Values,
} from '@chatlayer-tables/core'
import type { ReadRow, RowErrors } from '../rows/row-reader.ts'
import type { ImportTarget } from './import-types.ts'

/**
 * @param first the error that was found; a rejection by the gateway is kept as it is
 * @returns this error, and those that the client finds in the other cells
 */
export async function allErrors(
  target: Pick<ImportTarget, 'preview'>,
  item: ReadRow,
  first: RowErrors,
  signal: AbortSignal | undefined,
): Promise<RowErrors> {
  if (!first.every(isLocal)) return first
  const [known, ...others] = first
  const texts = new Set(first.map(({ message }) => message))
  const values = item.values ?? item.readable
  for (const [name, value] of Object.entries(values)) {
    const refusal = await refusalOf(target, { [name]: value }, signal)
    if (refusal !== undefined && !texts.has(refusal.message)) others.push(refusal)
  }
  return [known, ...others]
}

/** The error that the client would find in a row before it sends anything. */
export async function refusalOf(
  { preview }: Pick<ImportTarget, 'preview'>,
  values: Values,
  signal: AbortSignal | undefined,
): Promise<ChatlayerError | undefined> {
  try {
    await preview.insert([values], { limit: 0, signal })
    return undefined
  } catch (error) {
    if (isLocal(error)) return error
    throw error
  }
}

function isLocal(error: unknown): error is ChatlayerError {
  return error instanceof InvalidInputError || error instanceof NotExpressibleError
}
