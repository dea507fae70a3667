/** Opens inputs of any kind as sources of rows. */
import { openSource, type Source, type SourceOptions } from '@chatlayer-tables/files'
import { type Input, isRepeatable } from './input.ts'
import { spoolTemporarily } from './spool.ts'

/**
 * Opens an input to read its rows once. One that can be read again is copied to a temporary file first.
 *
 * @throws what {@link openSource} and copying the input throw
 */
export async function openInput(
  input: Input,
  options: SourceOptions,
  signal: AbortSignal | undefined,
): Promise<Source> {
  if (!isRepeatable(input)) return await openSource(input, options)
  const copy = await spoolTemporarily(input, signal)
  try {
    const source = await openSource(copy, { ...options, ...copy.format })
    const close = async (): Promise<void> => {
      await source.close()
      await copy[Symbol.asyncDispose]()
    }
    return { ...source, close }
  } catch (error) {
    await copy[Symbol.asyncDispose]()
    throw error
  }
}
