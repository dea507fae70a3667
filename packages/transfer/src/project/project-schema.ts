/** The JSON Schema of `chatlayer.yaml`, for editors. */
export function projectJsonSchema(): object {
  return {}
}
