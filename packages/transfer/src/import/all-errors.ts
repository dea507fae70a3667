/** All that is wrong with a row, where the reader and the client each stop at what they meet. */
import {
  type ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  type Values,
} from '@chatlayer-tables/core'
import type { ReadRow, RowErrors } from '../rows/row-reader.ts'
import type { ImportTarget } from './import-types.ts'

/**
 * @param first what was met; the gateway's refusals are left as they are
 * @returns it, and what the client would refuse of the row's other cells
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

/** What the client would refuse of a row before it sends anything. */
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
