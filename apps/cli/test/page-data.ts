/** Reads pages that commands write. */
import { readFile } from 'node:fs/promises'
import type { EmbeddedData } from '@chatlayer-tables/views'

/** The data inside a page. */
export function dataIn(html: string): EmbeddedData {
  const [, text = ''] =
    /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html) ?? []
  return JSON.parse(text) as EmbeddedData
}

export async function dataOf(file: string): Promise<EmbeddedData> {
  return dataIn(await readFile(file, 'utf8'))
}
