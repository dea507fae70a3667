/** What `console.log` shows of an object whose state is private: a few facts, and never a secret. */
import type { InspectOptions, inspect as utilInspect } from 'node:util'

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Call it in a static block of the class, where `factsOf` may read private fields. */
export function showAs<T extends object>(
  { prototype, name }: { readonly prototype: T; readonly name: string },
  factsOf: (object: T) => object,
): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T, depth: number, options: InspectOptions, inspect: typeof utilInspect) {
      if (depth < 0) return `[${name}]`
      return `${name} ${inspect(factsOf(this), options)}`
    },
  })
}
