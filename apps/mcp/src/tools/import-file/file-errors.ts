import { ChatlayerError } from '@chatlayer-tables/core'
import { fieldOf, fromClientError } from '../../call/errors.ts'
import { ToolError } from '../../result/tool-error.ts'

/**
 * Settings of an import that are not arguments of the tool, each with a hint that fixes the file instead;
 * undefined to keep the hint of the library.
 */
const FILE_SETTINGS: Readonly<Record<string, string | undefined>> = {
  dateFormat: 'Write the dates as 2024-01-31 or 2024-01-31T09:30:00Z.',
  decimal: 'Write the numbers with a decimal point and without separators of thousands.',
  delimiter: undefined,
  encoding: 'Save the file as UTF-8.',
  format: undefined,
  header: undefined,
  maxErrors: undefined,
  sheet: undefined,
}

/** Runs `act`; its errors about settings of the file name the argument `file`. */
export async function withFileErrors<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    const field = fieldOf(error) ?? ''
    if (!Object.hasOwn(FILE_SETTINGS, field)) throw error
    const { code, message, details } = fromClientError(error, 'file')
    throw new ToolError(
      code,
      message,
      { ...details, hint: FILE_SETTINGS[field] ?? details.hint },
      true,
    )
  }
}
