import { joinSentences } from './sentences.ts'
import { DATA_NOTICE, ESCAPE_NOTICE, NUMBER_NOTICE, visibleDeep } from './untrusted.ts'

/** The data of a result. Its notice comes first in the final notice. */
export type Data = Readonly<Record<string, unknown>> & { readonly notice?: string | undefined }

/** The structured content of a result: its data as clients may be shown it, with the standard sentences. */
export function marked({ notice, ...rest }: Data): { notice: string } & Record<string, unknown> {
  let isEscaped = false
  let isText = false
  const shown = visibleDeep(
    { notice, rest },
    {
      onEscape: () => {
        isEscaped = true
      },
      onNumber: () => {
        isText = true
      },
    },
  ) as { notice?: string; rest: Record<string, unknown> }
  const sentences = joinSentences(
    shown.notice,
    DATA_NOTICE,
    isEscaped ? ESCAPE_NOTICE : undefined,
    isText ? NUMBER_NOTICE : undefined,
  )
  return { notice: sentences ?? '', ...shown.rest }
}
