/** Assigning `__proto__` would set the prototype in place of a property. */
export function setOwn<T>(target: Record<string, T>, name: string, value: NoInfer<T>): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else {
    target[name] = value
  }
}
