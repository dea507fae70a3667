/** The thread that counts tokens: it must not delay the responses to other calls. */
import { parentPort } from 'node:worker_threads'
import { tokensOf } from './tokenizer.ts'

parentPort?.on('message', ({ id, text }: { id: number; text: string }) => {
  parentPort?.postMessage({ id, tokens: tokensOf(text) })
})
