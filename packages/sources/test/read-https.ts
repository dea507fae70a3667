// Run in a process of its own, with an authority in its environment: reads the address in its argument.
import { readApi } from './http-reading.ts'

try {
  const { text } = await readApi(process.argv[2] ?? '', {}, { env: process.env })
  console.log(JSON.stringify({ text }))
} catch (error) {
  const { message, hint } = error as Error & { hint?: string }
  console.log(JSON.stringify({ message, hint }))
}
